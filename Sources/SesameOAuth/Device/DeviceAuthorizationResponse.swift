public import SesameHTTP
import SesameSecrets

/// What a device needs to be authorized from elsewhere (RFC 8628, section 3.2).
public struct DeviceAuthorizationResponse: Sendable {
    /// What the person types, or compares: printable ASCII, at most 64 characters.
    public let userCode: String
    /// Where the person goes to type it: `https`, unless the server is on this machine.
    public let verificationURI: HTTPURL
    /// The same address with the code in it; `nil` where the server has none, or one at another origin.
    public let verificationURIComplete: HTTPURL?
    /// Seconds from the request until both codes end.
    public let expiresIn: Int64
    /// Seconds that lie between two polls at the least.
    public let interval: Int64
    /// What is polled with.
    let grant: DeviceCodeGrant

    /// Reads an answer of the device authorization endpoint; on any doubt nothing is used.
    /// - Parameters:
    ///   - resource: what the tokens are for (RFC 8707), as the request said.
    ///   - tokenEndpoint: the only one that may see the device code.
    /// - Throws: ``OAuthError``.
    public static func parse(
        _ response: HTTPResponse, resource: [String] = [], for tokenEndpoint: HTTPURL
    ) throws(OAuthError) -> DeviceAuthorizationResponse {
        try parse(response, resource: resource, for: tokenEndpoint, sent: .none)
    }

    /// - Parameter sent: what the request carried; words of the server that repeat it are dropped.
    static func parse(
        _ response: HTTPResponse, resource: [String], for tokenEndpoint: HTTPURL, sent: SentSecrets
    ) throws(OAuthError) -> DeviceAuthorizationResponse {
        let document = Result { () throws(OAuthError) in try TokenDocument(response) }
        let refusal = refusal(in: response, try? document.get(), endingCodes: [], sent: sent)
        if let refusal { throw refusal }
        let members = try document.get()
        let address = try readAddress(members, from: tokenEndpoint, response.status)
        let expiresIn = try readExpiry(members, response.status)
        return DeviceAuthorizationResponse(
            userCode: try readUserCode(members, response.status), verificationURI: address,
            verificationURIComplete: readCompleteAddress(members, beside: address),
            expiresIn: expiresIn,
            interval: try readInterval(members, endingAfter: expiresIn, response.status),
            grant: DeviceCodeGrant(
                deviceCode: try readDeviceCode(members, response.status), resource: resource,
                tokenEndpoint: tokenEndpoint))
    }
}

private func readDeviceCode(
    _ members: TokenDocument, _ status: Int
) throws(OAuthError) -> Secret {
    guard let code = members.secret("device_code"), (1...maximumCodeBytes).contains(code.count),
        code.withBytes({ bytes in bytes.indices.allSatisfy { (0x20...0x7E).contains(bytes[$0]) } })
    else { throw malformed("device_code", status) }
    return code
}

/// It is shown on a terminal and typed on another keyboard: what cannot be typed was not meant for that.
private func readUserCode(
    _ members: TokenDocument, _ status: Int
) throws(OAuthError) -> String {
    guard let code = members.text("user_code"), (1...64).contains(code.utf8.count),
        code.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), code.utf8.first != 0x20,
        code.utf8.last != 0x20
    else { throw malformed("user_code", status) }
    return code
}

/// Google's endpoint is older than the RFC and says `verification_url`.
///
/// Plain http is for a server on this machine only: another one's page is not here.
private func readAddress(
    _ members: TokenDocument, from tokenEndpoint: HTTPURL, _ status: Int
) throws(OAuthError) -> HTTPURL {
    let text = members.text("verification_uri") ?? members.text("verification_url")
    guard let url = text.flatMap(shortURL),
        url.scheme == .https || url.isLoopback && tokenEndpoint.isLoopback
    else {
        throw malformed("verification_uri", status)
    }
    return url
}

/// One at another origin is left out: it only saves typing, and the person compares one host.
private func readCompleteAddress(
    _ members: TokenDocument, beside address: HTTPURL
) -> HTTPURL? {
    let url = members.text("verification_uri_complete").flatMap(shortURL)
    return url?.origin == address.origin ? url : nil
}

private func readExpiry(_ members: TokenDocument, _ status: Int) throws(OAuthError) -> Int64 {
    guard let seconds = members.lifetime("expires_in"), seconds > 0 else {
        throw malformed("expires_in", status)
    }
    return seconds
}

/// Without a word it is 5 (RFC 8628, section 3.2), and zero or less is none.
///
/// With one that is not shorter than the code's life, nobody could ever ask.
private func readInterval(
    _ members: TokenDocument, endingAfter expiresIn: Int64, _ status: Int
) throws(OAuthError) -> Int64 {
    guard members.contains("interval") else { return usualInterval }
    guard let seconds = members.lifetime("interval"), seconds < expiresIn else {
        throw malformed("interval", status)
    }
    return seconds == 0 ? usualInterval : seconds
}

private func shortURL(_ text: String) -> HTTPURL? {
    text.utf8.count <= 2048 ? HTTPURL(text) : nil
}

private func malformed(_ member: String, _ status: Int) -> OAuthError {
    OAuthError(
        .badResponse, "the device authorization has no usable \(member)", status: status,
        mayHaveBeenSent: true)
}

private let usualInterval: Int64 = 5
private let maximumCodeBytes = 32_768
