public import SesameHTTP
import SesameJSON
public import SesameSecrets
public import SesameSystem

/// A successful answer of the token endpoint (RFC 6749, section 5.1).
public struct TokenResponse: Sendable {
    /// The access token.
    public let accessToken: AccessToken
    /// The refresh token; `nil` means that an earlier one goes on (RFC 6749, section 6).
    public let refreshToken: Secret?
    /// Seconds until the refresh token ends, where the server says so in one of the usual ways.
    public let refreshTokenExpiresIn: Int64?
    /// Whether the server says that it never ends.
    public let refreshTokenNeverExpires: Bool
    /// What kind of token a token exchange gave (RFC 8693, section 2.2.1).
    public let issuedTokenType: String?
    /// The key that the tokens are bound to (RFC 9449); `nil` for bearer tokens.
    ///
    /// It is to be stored with them: neither can be used without it.
    public var boundKey: DPoPKey?
    /// Who has logged in, as the server says; see ``OAuthClient/identity(in:expecting:keys:at:)``.
    public let idToken: UnverifiedIDToken?
    /// What was granted in detail (RFC 9396, section 7), where the server says so.
    public var authorizationDetails: AuthorizationDetails?

    /// Puts an answer together by hand.
    public init(
        accessToken: AccessToken, refreshToken: Secret? = nil, refreshTokenExpiresIn: Int64? = nil,
        refreshTokenNeverExpires: Bool = false, issuedTokenType: String? = nil,
        idToken: UnverifiedIDToken? = nil
    ) {
        self.idToken = idToken
        self.refreshTokenNeverExpires = refreshTokenNeverExpires
        self.issuedTokenType = issuedTokenType
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.refreshTokenExpiresIn = refreshTokenExpiresIn
    }

    /// Reads an answer.
    ///
    /// An error in it wins over everything else, at any status; on any doubt nothing is used.
    /// - Throws: ``OAuthError``; see ``OAuthError/Code-swift.struct`` for what each code means.
    public static func parse(
        _ response: HTTPResponse, receivedAt now: Timestamp
    ) throws(OAuthError) -> TokenResponse {
        try parse(
            response, receivedAt: now, sent: .none, manners: ServerManners(), expecting: .bearer)
    }

    /// - Parameter sent: what the request carried; words of the server that repeat it are dropped.
    static func parse(
        _ response: HTTPResponse, receivedAt now: Timestamp, sent: SentSecrets,
        manners: ServerManners, expecting type: TokenType
    ) throws(OAuthError) -> TokenResponse {
        let document = Result { () throws(OAuthError) in try TokenDocument(response) }
        // First: an error answer that cannot be read is still judged by its status.
        let refusal = refusal(
            in: response, try? document.get(),
            endingCodes: manners.endingCodes.union(["invalid_grant"]), sent: sent)
        if let refusal { throw refusal }
        let members = try document.get()
        let lifetime = refreshTokenLifetime(members)
        var read = TokenResponse(
            accessToken: try readAccessToken(
                members, response.status, receivedAt: now, manners, type),
            refreshToken: try readRefreshToken(members, response.status),
            refreshTokenExpiresIn: lifetime == 0 ? nil : lifetime,
            refreshTokenNeverExpires: lifetime == 0,
            issuedTokenType: members.text("issued_token_type"), idToken: readIDToken(members))
        // What is not understood is no reason to lose a login.
        if case .json(let json) = members, let details = json["authorization_details"] {
            read.authorizationDetails = try? AuthorizationDetails(details)
        }
        return read
    }

    /// This answer with the earlier refresh token where it brought none.
    public func keeping(refreshToken earlier: Secret) -> TokenResponse {
        var answer = TokenResponse(
            accessToken: accessToken, refreshToken: refreshToken ?? earlier,
            refreshTokenExpiresIn: refreshTokenExpiresIn,
            refreshTokenNeverExpires: refreshTokenNeverExpires, issuedTokenType: issuedTokenType,
            idToken: idToken)
        answer.boundKey = boundKey
        answer.authorizationDetails = authorizationDetails
        return answer
    }

    /// Fails unless every word of the scope was granted.
    /// - Throws: ``OAuthError`` with `scopeNotGranted`.
    public func require(scope: String) throws(OAuthError) {
        guard accessToken.covers(scope: scope) else {
            throw OAuthError(.scopeNotGranted, "the server granted less than was asked for")
        }
    }
}

private func readAccessToken(
    _ members: TokenDocument, _ status: Int, receivedAt now: Timestamp, _ manners: ServerManners,
    _ expected: TokenType
) throws(OAuthError) -> AccessToken {
    guard let value = members.secret("access_token"), isToken68(value) else {
        throw withoutToken("the answer has no usable access_token", members, status)
    }
    let typeName = members.text("token_type")
    guard typeName.flatMap({ TokenType(named: $0) }) == expected else {
        // Nothing weaker is taken for what was asked for (RFC 9449, section 5).
        guard expected == .dpop else {
            // RFC 8693, section 2.2.1: such a token is not for requests at all.
            if let typeName, equalIgnoringCase(typeName, "N_A") {
                throw withoutToken(
                    "the server gave a token that is not for requests (token_type N_A): ask for another type",
                    members, status, .serverRefused)
            }
            throw withoutToken(
                "the token's type is not bearer, which was asked for", members, status)
        }
        throw withoutToken(
            "the server gave a token that is not bound to the client's key", members, status,
            .tokenNotBound)
    }
    let lifetime = members.lifetime("expires_in")
    return AccessToken(
        value, type: expected, receivedAt: now, expiresAt: lifetime.map { now.adding(seconds: $0) },
        scope: members.text("scope").map { manners.words(of: $0) })
}

private func readRefreshToken(_ members: TokenDocument, _ status: Int) throws(OAuthError) -> Secret?
{
    guard members.contains("refresh_token") else { return nil }
    guard let value = members.secret("refresh_token"), value.count <= maximumTokenBytes,
        value.withBytes({ bytes in bytes.indices.allSatisfy { (0x20...0x7E).contains(bytes[$0]) } })
    else { throw malformed("the answer's refresh_token is unusable", status) }
    return value.isEmpty ? nil : value
}

/// An empty one is none (RFC 6749, section 3.2); what is no text is there, and wrong.
private func readIDToken(_ members: TokenDocument) -> UnverifiedIDToken? {
    guard members.contains("id_token") else { return nil }
    let text = members.secret("id_token")
    return text?.isEmpty == true ? nil : UnverifiedIDToken(text: text)
}

/// GitHub's and Microsoft's name, then Keycloak's, where 0 stands for "never".
private func refreshTokenLifetime(_ members: TokenDocument) -> Int64? {
    members.lifetime("refresh_token_expires_in") ?? members.lifetime("refresh_expires_in")
}

/// The server may have rotated the refresh token all the same; only JSON is trusted to say so.
private func withoutToken(
    _ message: String, _ members: TokenDocument, _ status: Int,
    _ code: OAuthError.Code = .badResponse
) -> OAuthError {
    let rotated: Secret? =
        if case .json = members { try? readRefreshToken(members, status) } else { nil }
    return OAuthError(
        code, message, status: status, mayHaveBeenSent: true, rotatedRefreshToken: rotated)
}

private func malformed(_ message: String, _ status: Int) -> OAuthError {
    OAuthError(.badResponse, message, status: status, mayHaveBeenSent: true)
}

/// `b64token` of RFC 6750, section 2.1: what may stand in a header field.
func isToken68(_ value: Secret) -> Bool {
    value.withBytes { bytes in
        guard (1...maximumTokenBytes).contains(bytes.count) else { return false }
        var end = bytes.count
        while end > 0, bytes[end - 1] == UInt8(ascii: "=") { end -= 1 }
        return end > 0 && (0..<end).allSatisfy { isToken68Byte(bytes[$0]) }
    }
}

private func isToken68Byte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case 0x2B, 0x2D, 0x2E, 0x2F, 0x5F, 0x7E: true
    default: false
    }
}

private let maximumTokenBytes = 262_144
