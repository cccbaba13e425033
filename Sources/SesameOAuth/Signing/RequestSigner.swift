public import SesameHTTP
public import SesameSecrets
public import SesameSystem

/// How a request shows its right to be answered.
public protocol RequestSigner: Sendable {
    /// Adds what proves the right to a request.
    func sign(
        _ request: inout HTTPRequest, with token: AccessToken, at now: Timestamp
    ) throws(OAuthError)

    /// Takes notice of an answer, and says whether the same request, signed anew, would be answered better.
    /// - Parameters:
    ///   - sent: when the request was signed.
    ///   - received: when its answer was there.
    func isWorthSigningAnew(
        _ request: HTTPRequest, after status: Int, _ fields: HTTPFields, sent: Timestamp,
        received: Timestamp
    ) -> Bool
}

extension RequestSigner {
    /// It never is, for what does not change from one request to the next.
    public func isWorthSigningAnew(
        _ request: HTTPRequest, after status: Int, _ fields: HTTPFields, sent: Timestamp,
        received: Timestamp
    ) -> Bool { false }
}

/// A bearer token in the `Authorization` field (RFC 6750, section 2.1), never in a URL.
public struct BearerSigner: RequestSigner {
    /// Makes the signer; it has no state.
    public init() {}

    /// Sets `Authorization: Bearer …`, with a capital B whatever `token_type` said: some servers
    /// compare it byte for byte.
    public func sign(
        _ request: inout HTTPRequest, with token: AccessToken, at now: Timestamp
    ) throws(OAuthError) {
        guard token.type == .bearer else {
            throw OAuthError(
                .badParameter, "the token is bound to a key, and is never sent as a bearer token")
        }
        try setAuthorization("Bearer", token, of: &request)
    }
}

/// A user name and a password (RFC 7617), for servers where that is what there is.
public struct BasicSigner: RequestSigner {
    private let username: Secret
    private let password: Secret

    /// Makes a signer.
    public init(username: Secret, password: Secret) {
        self.username = username
        self.password = password
    }

    /// Sets `Authorization: Basic …`.
    public func sign(_ request: inout HTTPRequest) throws(OAuthError) {
        guard request.url.isSecure else {
            throw OAuthError(.unsafeEndpoint, "a password never goes over http to another machine")
        }
        guard !username.withBytes({ bytes in bytes.indices.contains { bytes[$0] == 0x3A } }) else {
            throw OAuthError(.badParameter, "a user name with ':' cannot be sent (RFC 7617)")
        }
        var pair = SecretBuffer()
        pair.append(username)
        pair.append(UInt8(ascii: ":"))
        pair.append(password)
        request.fields.set("Authorization", .secret(basicCredentials(pair)))
    }

    /// Sets `Authorization: Basic …`; there is no token in it.
    public func sign(
        _ request: inout HTTPRequest, with token: AccessToken, at now: Timestamp
    ) throws(OAuthError) {
        try sign(&request)
    }
}
