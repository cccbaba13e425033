import SesameHTTP
import SesameOAuth
import TestSupport
import Testing

@Suite struct `Discovery of metadata` {
    @Test(arguments: [
        (
            "https://as.test",
            [
                "https://as.test/.well-known/oauth-authorization-server",
                "https://as.test/.well-known/openid-configuration",
            ]
        ),
        (
            "https://as.test/tenant1/",
            [
                "https://as.test/.well-known/oauth-authorization-server/tenant1",
                "https://as.test/tenant1/.well-known/openid-configuration",
                "https://as.test/.well-known/openid-configuration/tenant1",
            ]
        ),
    ])
    func `looks in the places of both standards`(_ vector: (String, [String])) throws {
        #expect(try Discovery.candidates(for: vector.0).map(\.description) == vector.1)
    }

    @Test(arguments: [
        "http://as.test", "https://as.test?x=y", "https://as.test#f", "as.test",
        "https://u@as.test",
    ])
    func `refuses an issuer that is no plain https URL`(_ issuer: String) {
        let refusal = code { () throws(OAuthError) in _ = try Discovery.candidates(for: issuer) }
        #expect(refusal == .unsafeEndpoint)
    }

    @Test func `passes over a 404 and a web page`() async throws {
        let transport = ScriptedTransport([
            .expect("GET", "\(root)/oauth-authorization-server/t", .json("{}", status: 404)),
            .expect(
                "GET", "https://as.test/t/.well-known/openid-configuration",
                .content("<html>", type: "text/html")),
            .expect("GET", "\(root)/openid-configuration/t", .json(document("https://as.test/t"))),
        ])
        let server = try await Discovery.discover(issuer: "https://as.test/t", over: transport)
        #expect(server.tokenEndpoint.path == "/token")
        #expect(transport.requests.allSatisfy { $0.fields["Accept"] == "application/json" })
        #expect(transport.requests.allSatisfy { $0.maximumResponseBytes == 1 << 20 })
    }

    @Test func `stops at another issuer's document`() async {
        let transport = ScriptedTransport([.answer(.json(document("https://evil.test")))])
        #expect(await refusal(transport)?.code == .issuerMismatch)
        #expect(transport.requests.count == 1)
    }

    @Test func `follows redirects within the origin, three at the most`() async throws {
        let found = ScriptedTransport([
            .answer(redirect("/a")), .answer(redirect("https://as.test/b")),
            .answer(redirect("/c")), .expect("GET", "https://as.test/c", .json(document(issuer))),
        ])
        _ = try await Discovery.discover(issuer: issuer, over: found)
        let endless = ScriptedTransport { _, _ in redirect("/again") }
        #expect(await refusal(endless)?.code == .discoveryFailed)
        #expect(endless.requests.count == 4)
    }

    @Test(arguments: [
        "https://evil.test/", "http://as.test/x", "//evil.test/x", "https://as.test:444/x",
        "https://as.test@evil.test/", "", "relative", "/\\evil.test",
    ])
    func `never follows a redirect to elsewhere`(_ location: String) async {
        let transport = ScriptedTransport { _, _ in redirect(location) }
        #expect(await refusal(transport)?.code == .discoveryFailed)
        #expect(transport.requests.allSatisfy { $0.url.origin == issuer })
        #expect(transport.requests.count == 2)
    }

    @Test func `tells a server that is down from one without metadata`() async {
        #expect(
            await refusal(ScriptedTransport { _, _ in .json("{}", status: 503) })?.code
                == .temporary)
        #expect(
            await refusal(ScriptedTransport { _, _ in .json("{}", status: 404) })?.code
                == .discoveryFailed)
        let down = TransportError(.cannotConnect, "nobody", mayHaveBeenSent: false)
        let unreachable = ScriptedTransport([.fail(down)])
        #expect(await refusal(unreachable)?.code == .temporary)
        #expect(unreachable.requests.count == 1)
    }

    @Test func `refuses compressed and broken documents`() async {
        var compressed = HTTPResponse.json(document(issuer))
        compressed.fields.set("Content-Encoding", "gzip")
        let response = compressed
        #expect(await refusal(ScriptedTransport { _, _ in response })?.code == .discoveryFailed)
        let broken = ScriptedTransport { _, _ in .json("{\"issuer\":\"\(issuer)\"") }
        #expect(await refusal(broken)?.code == .invalidMetadata)
    }
}

private let issuer = "https://as.test"
private let root = "https://as.test/.well-known"

private func document(_ issuer: String) -> String {
    #"{"issuer":"\#(issuer)","token_endpoint":"https://as.test/token"}"#
}

private func redirect(_ location: String) -> HTTPResponse {
    var response = HTTPResponse(status: 302)
    response.fields.set("Location", location)
    return response
}

private func refusal(_ transport: ScriptedTransport) async -> OAuthError? {
    await failure { () async throws(OAuthError) in
        _ = try await Discovery.discover(issuer: issuer, over: transport)
    }
}
