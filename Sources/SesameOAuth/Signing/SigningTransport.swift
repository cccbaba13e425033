public import SesameHTTP
import SesameSecrets
public import SesameSystem

/// Sends requests with credentials, to the allowed destinations only.
///
/// A 401 that says the token is bad leads to one renewal and one second try, and one that asks for another
/// proof of the key to one more. A redirect is an answer like any other: it is returned, and no credential
/// follows it.
public struct SigningTransport: HTTPTransport {
    private enum Credentials {
        case tokens(any TokenSource, any RequestSigner)
        case password(BasicSigner)
    }

    private let transport: any HTTPTransport
    private let credentials: Credentials
    private let destinations: Destinations
    private let time: any TimeSource

    /// Signs with access tokens.
    public init(
        _ transport: any HTTPTransport, tokens: any TokenSource,
        signer: any RequestSigner = BearerSigner(), destinations: Destinations,
        time: any TimeSource = SystemTime()
    ) {
        self.transport = transport
        credentials = .tokens(tokens, signer)
        self.destinations = destinations
        self.time = time
    }

    /// Signs with a user name and a password.
    public init(
        _ transport: any HTTPTransport, signer: BasicSigner, destinations: Destinations
    ) {
        self.transport = transport
        credentials = .password(signer)
        self.destinations = destinations
        time = SystemTime()
    }

    /// Signs and sends a request.
    /// - Throws: `TransportError` with `badRequest` where the destination is not allowed or the
    ///   request brings credentials of its own, and with `other` where there is no token.
    public func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let admitted = try admit(request)
        switch credentials {
        case .password(let signer):
            var signed = admitted
            do { try signer.sign(&signed) } catch { throw failure("cannot be signed", error) }
            return try await transport.send(signed)
        case .tokens(let tokens, let signer):
            return try await send(admitted, tokens, signer)
        }
    }

    private func send(
        _ request: HTTPRequest, _ tokens: any TokenSource, _ signer: any RequestSigner
    ) async throws(TransportError) -> HTTPResponse {
        let token: AccessToken
        do { token = try await tokens.token() } catch { throw failure("has no token", error) }
        var mayRepeat = true
        let answer = try await send(request, with: token, by: signer, &mayRepeat)
        guard TokenRejection.isTokenRejected(answer) else { return answer }
        let renewed: AccessToken
        do {
            renewed = try await tokens.renewed(after: token)
        } catch {
            throw failure("had its token rejected, and there is no other", error)
        }
        return try await send(request, with: renewed, by: signer, &mayRepeat)
    }

    private func send(
        _ request: HTTPRequest, with token: AccessToken, by signer: any RequestSigner,
        _ mayRepeat: inout Bool
    ) async throws(TransportError) -> HTTPResponse {
        while true {
            let now = time.now
            let signed = try signed(request, with: token, by: signer, at: now)
            let answer = try await transport.send(signed)
            let isRefused = signer.isWorthSigningAnew(
                signed, after: answer.status, answer.fields, sent: now, received: time.now)
            guard isRefused, mayRepeat else { return answer }
            mayRepeat = false
        }
    }

    private func admit(_ request: HTTPRequest) throws(TransportError) -> HTTPRequest {
        var admitted = request
        do throws(Destinations.Refusal) {
            admitted.url = try destinations.admit(request.url)
        } catch {
            throw refused("the destination is not allowed: \(error)")
        }
        guard !request.fields.contains("Authorization"), !request.fields.contains("DPoP"),
            !carriesToken(request)
        else {
            throw refused("the request brings credentials of its own")
        }
        return admitted
    }

    private func signed(
        _ request: HTTPRequest, with token: AccessToken, by signer: any RequestSigner,
        at now: Timestamp
    ) throws(TransportError) -> HTTPRequest {
        var signed = request
        do { try signer.sign(&signed, with: token, at: now) } catch {
            throw failure("cannot be signed", error)
        }
        return signed
    }

    private func failure(_ what: String, _ error: OAuthError) -> TransportError {
        TransportError(.other, "the request \(what): \(error)", mayHaveBeenSent: false)
    }

    private func refused(_ message: String) -> TransportError {
        TransportError(.badRequest, message, mayHaveBeenSent: false)
    }
}

/// Whether a request has an `access_token` parameter, in its query or in a form: two tokens in one
/// request are forbidden (RFC 6750, section 2), and one in a URL ends up in logs.
private func carriesToken(_ request: HTTPRequest) -> Bool {
    let query = Array((request.url.query ?? "").utf8)
    if namesAccessToken(query.span) { return true }
    let type = request.fields["Content-Type"] ?? ""
    guard type.lowercased().hasPrefix("application/x-www-form-urlencoded") else { return false }
    return request.body?.withBytes { namesAccessToken($0) } ?? false
}

/// Looks at names only, and decodes whatever can be decoded: a lenient server would too.
private func namesAccessToken(_ form: Span<UInt8>) -> Bool {
    var name: [UInt8] = []
    var isName = true
    var index = 0
    while index < form.count {
        let byte = form[index]
        index += 1
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: ";"):
            if isAccessToken(name) { return true }
            name = []
            isName = true
        case UInt8(ascii: "="): isName = false
        case UInt8(ascii: "%") where isName && index + 2 <= form.count:
            let digits = String(copying: form.extracting(index..<(index + 2)))
            name.append(UInt8(digits, radix: 16) ?? byte)
            index += 2
        case _ where isName && name.count < 64: name.append(byte)
        default: break
        }
    }
    return isAccessToken(name)
}

private func isAccessToken(_ name: [UInt8]) -> Bool {
    equalIgnoringCase(String(decoding: name, as: UTF8.self), "access_token")
}
