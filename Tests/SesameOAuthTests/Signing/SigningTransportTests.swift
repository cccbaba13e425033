import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A signing transport` {
    @Test func `adds the literal Bearer and the token`() async throws {
        let inner = ScriptedTransport { _, _ in .json("{}") }
        _ = try await signing(inner).send(HTTPRequest("GET", try url("https://api.test/v1/me?a=b")))
        #expect(inner.requests[0].revealed("Authorization") == "Bearer token-0")
        #expect(inner.requests[0].url.description == "https://api.test/v1/me?a=b")
    }

    @Test(arguments: [
        "https://api.test.evil.test/v1/", "https://api.test:444/v1/", "http://api.test/v1/",
        "https://api.test/v2/", "https://api.test/v1/../admin", "https://api.test/v1/%2e%2e/admin",
        "https://api.test/v10",
    ])
    func `sends nothing to a destination that is not allowed`(_ text: String) async throws {
        let inner = ScriptedTransport { _, _ in .json("{}") }
        let error = await refusal(signing(inner), HTTPRequest("GET", try url(text)))
        #expect(error?.code == .badRequest)
        #expect(inner.requests.isEmpty)
    }

    @Test func `refuses a request that brings credentials of its own`() async throws {
        let inner = ScriptedTransport { _, _ in .json("{}") }
        var header = HTTPRequest("GET", try url("https://api.test/v1/"))
        header.fields.set("aUTHORIZATION", "Basic eDp5")
        var form = HTTPRequest("POST", try url("https://api.test/v1/"))
        form.fields.set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
        form.body = Secret(utf8: "a=b&access_token=x")
        let queries = [
            "access_token=x", "a=b&Access_Token", "acc%65ss_token=x", "a;access_token=1",
        ]
        let requests =
            try [header, form]
            + queries.map { query in
                HTTPRequest("GET", try url("https://api.test/v1/?\(query)"))
            }
        for request in requests {
            #expect(await refusal(signing(inner), request)?.code == .badRequest)
        }
        #expect(inner.requests.isEmpty)
    }

    @Test func `lets harmless parameters pass`() async throws {
        let inner = ScriptedTransport { _, _ in .json("{}") }
        var form = HTTPRequest(
            "POST", try url("https://api.test/v1/?a=access_token&access_tokens=1&%C3=%A4&x"))
        form.fields.set("Content-Type", "application/json")
        form.body = Secret(utf8: "access_token=x")
        _ = try await signing(inner).send(form)
        #expect(inner.requests.count == 1)
    }

    @Test func `renews a rejected token once and tries once more`() async throws {
        let inner = ScriptedTransport { index, _ in
            index == 0 ? .json(expired, status: 401) : .json("{}", status: 201)
        }
        var request = HTTPRequest("POST", try url("https://api.test/v1/contacts"))
        request.body = Secret(utf8: "{}")
        let response = try await signing(inner).send(request)
        #expect(response.status == 201)
        #expect(
            inner.requests.map { $0.revealed("Authorization") }
                == ["Bearer token-0", "Bearer token-1"])
        #expect(inner.requests[1].body?.dangerouslyRevealedText() == "{}")
    }

    @Test func `gives up on a server that rejects every token`() async throws {
        let inner = ScriptedTransport { _, _ in .json(expired, status: 401) }
        let response = try await signing(inner).send(
            HTTPRequest("GET", try url("https://api.test/v1/")))
        #expect(response.status == 401)
        #expect(inner.requests.count == 2)
    }

    @Test(arguments: [
        HTTPResponse.json(#"{"errors":[{"type":"access_denied"}]}"#, status: 401),
        .json(#"{"errors":[{"type":"invalid_grant"}]}"#, status: 403), .json("{}", status: 500),
    ])
    func `does not renew for any other refusal`(_ answer: HTTPResponse) async throws {
        let inner = ScriptedTransport { _, _ in answer }
        _ = try await signing(inner).send(HTTPRequest("GET", try url("https://api.test/v1/")))
        #expect(inner.requests.count == 1)
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `returns a redirect instead of following it`(_ status: Int) async throws {
        let inner = ScriptedTransport { _, _ in
            var response = HTTPResponse(status: status)
            response.fields.set("Location", "https://api.test/v1/next")
            return response
        }
        let response = try await signing(inner).send(
            HTTPRequest("GET", try url("https://api.test/v1/")))
        #expect(response.status == status)
        #expect(inner.requests.count == 1)
    }

    @Test func `says so when there is no token`() async throws {
        let inner = ScriptedTransport { _, _ in .json("{}") }
        let error = await refusal(
            signing(inner, tokens: NoTokens()), HTTPRequest("GET", try url("https://api.test/v1/")))
        #expect(error?.code == .other)
        #expect(error?.mayHaveBeenSent == false)
        #expect(inner.requests.isEmpty)
    }

    @Test func `signs with a user name and a password`() async throws {
        let inner = ScriptedTransport { _, _ in .json("{}", status: 401) }
        let signer = BasicSigner(
            username: Secret(utf8: "Aladdin"), password: Secret(utf8: "open sesame"))
        let transport = SigningTransport(
            inner, signer: signer, destinations: Destinations([try url("https://api.test/v1")]))
        _ = try await transport.send(HTTPRequest("GET", try url("https://api.test/v1/")))
        // RFC 7617, section 2.
        #expect(
            inner.requests.map { $0.revealed("Authorization") }
                == ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="])
    }
}

@Suite struct `A signer` {
    @Test(arguments: ["a\r\nb", "a b", "", "a\"", "ä", "="])
    func `refuses a token that could break out of its field`(_ text: String) throws {
        let token = AccessToken(Secret(utf8: text), receivedAt: now, expiresAt: nil)
        var request = HTTPRequest("GET", try url("https://api.test/"))
        #expect(throws: OAuthError.self) { try BearerSigner().sign(&request, with: token, at: now) }
        #expect(request.fields.all.isEmpty)
    }

    @Test func `refuses http to another machine and allows this one`() throws {
        let token = AccessToken(Secret(utf8: "t"), receivedAt: now, expiresAt: nil)
        let basic = BasicSigner(username: Secret(utf8: "u"), password: Secret(utf8: "p"))
        var remote = HTTPRequest("GET", try url("http://api.test/"))
        #expect(throws: OAuthError.self) { try BearerSigner().sign(&remote, with: token, at: now) }
        #expect(throws: OAuthError.self) { try basic.sign(&remote) }
        var local = HTTPRequest("GET", try url("http://127.0.0.1:8080/"))
        try BearerSigner().sign(&local, with: token, at: now)
        #expect(local.revealed("Authorization") == "Bearer t")
    }

    @Test func `refuses a user name that Basic cannot carry`() throws {
        let basic = BasicSigner(username: Secret(utf8: "a:b"), password: Secret(utf8: "p"))
        var request = HTTPRequest("GET", try url("https://api.test/"))
        #expect(throws: OAuthError.self) { try basic.sign(&request) }
    }
}

private let expired = #"{"errors":[{"message":"expired","code":401,"type":"invalid_grant"}]}"#

private struct NoTokens: TokenSource {
    func token(minimumValidity: Int64) async throws(OAuthError) -> AccessToken {
        throw OAuthError(.grantEnded, "over")
    }
    func renewed(after rejected: AccessToken) async throws(OAuthError) -> AccessToken {
        try await token()
    }
}

private final class Numbered: TokenSource {
    private let next = Locked(0)

    func token(minimumValidity: Int64) async throws(OAuthError) -> AccessToken {
        let number = next.withLock { next in
            next += 1
            return next - 1
        }
        return AccessToken(Secret(utf8: "token-\(number)"), receivedAt: now, expiresAt: nil)
    }
    func renewed(after rejected: AccessToken) async throws(OAuthError) -> AccessToken {
        try await token()
    }
}

private func signing(
    _ inner: ScriptedTransport, tokens: any TokenSource = Numbered()
) -> SigningTransport {
    SigningTransport(
        inner, tokens: tokens,
        destinations: Destinations([HTTPURL("https://api.test/v1")].compactMap(\.self)),
        time: ManualTime())
}

private func refusal(_ transport: SigningTransport, _ request: HTTPRequest) async -> TransportError?
{
    do { _ = try await transport.send(request) } catch { return error }
    return nil
}
