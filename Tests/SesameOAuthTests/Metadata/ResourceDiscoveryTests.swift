import SesameHTTP
import SesameOAuth
import TestSupport
import Testing

@Suite struct `Discovery from a protected resource` {
    @Test func `PR-1: follows the challenge, whose scope goes before the document's`() async throws
    {
        let transport = ScriptedTransport([
            .expect(
                "GET", mcp, challenge(#"Bearer resource_metadata="\#(place)", scope="files:read""#)),
            .expect("GET", place, .json(document())),
        ])
        let found = try await discover(transport)
        #expect(found.resource == mcp)
        #expect(found.authorizationServers == ["https://as.test"])
        #expect(found.scope == "files:read")
        #expect(transport.requests.allSatisfy { $0.revealed("Authorization") == nil })
        #expect(transport.requests.map(\.maximumResponseBytes) == [1 << 16, 1 << 20])
    }

    @Test func `takes a challenge among others, and of another scheme for tokens`() async throws {
        let transport = ScriptedTransport([
            .answer(
                challenge(#"Basic realm="x", DPoP algs="ES256", resource_metadata="\#(place)""#)),
            .expect("GET", place, .json(document())),
        ])
        #expect(try await discover(transport).scope == "files:read files:write")
    }

    @Test(arguments: [
        (
            "https://api.test",
            ["https://api.test/.well-known/oauth-protected-resource"]
        ),
        (
            "https://api.test/mcp?tenant=1",
            [
                "https://api.test/.well-known/oauth-protected-resource/mcp?tenant=1",
                "https://api.test/.well-known/oauth-protected-resource",
            ]
        ),
        (
            "https://api.test/a/",
            [
                "https://api.test/.well-known/oauth-protected-resource/a/",
                "https://api.test/.well-known/oauth-protected-resource",
            ]
        ),
    ])
    func `looks in the well-known places else (RFC 9728, section 3.1)`(
        _ vector: (String, [String])
    ) throws {
        let discovery = try ResourceDiscovery(of: vector.0, over: ScriptedTransport([]))
        #expect(discovery.candidates.map(\.description) == vector.1)
    }

    @Test func `passes over a 404 and a web page, and a resource that answers anything`()
        async throws
    {
        let root = "https://api.test/.well-known/oauth-protected-resource"
        let transport = ScriptedTransport([
            .answer(.content("<html>", type: "text/html")),
            .expect("GET", root + "/mcp", .json("{}", status: 404)),
            .expect("GET", root, .json(document())),
        ])
        #expect(try await discover(transport).resource == mcp)
        let endless = ScriptedTransport([
            .fail(TransportError(.timeout, "a stream", mayHaveBeenSent: true)),
            .expect("GET", root + "/mcp", .json(document())),
        ])
        #expect(try await discover(endless).resource == mcp)
    }

    @Test func `PR-1: refuses another resource's document, wherever it is`() async {
        for other in ["https://api.test/other", "https://api.test", "https://evil.test/mcp"] {
            let named = ScriptedTransport([
                .answer(challenge(#"Bearer resource_metadata="\#(place)""#)),
                .answer(.json(document(other))),
            ])
            #expect(await refusal(named)?.code == .resourceMismatch)
            #expect(named.requests.count == 2)
            let wellKnown = ScriptedTransport([
                .answer(challenge("Bearer")), .answer(.json(document(other))),
            ])
            #expect(await refusal(wellKnown)?.code == .resourceMismatch)
            #expect(wellKnown.requests.count == 2, "the search is over")
        }
    }

    @Test func `takes a host without a path for the same as with a slash`() async throws {
        let transport = ScriptedTransport([
            .answer(challenge("Bearer")), .answer(.json(document("https://api.test/"))),
        ])
        let found = try await ResourceDiscovery(of: "https://api.test", over: transport).discover()
        #expect(found.resource == "https://api.test/", "as it spells itself")
    }

    @Test(arguments: [
        "http://169.254.169.254/latest/meta-data", "https://169.254.169.254/",
        "https://evil.test/m",
        "http://api.test/m", "http://127.0.0.1:8500/m", "https://api.test:444/m",
        "https://api.test@evil.test/m", "https://api.test/m#f", "file:///etc/passwd", "/relative",
        "",
    ])
    func `PR-2: asks nobody else, whatever the challenge names`(_ named: String) async {
        let transport = ScriptedTransport { _, _ in
            challenge(#"Bearer resource_metadata="\#(named)""#)
        }
        #expect(await refusal(transport)?.code == .unsafeEndpoint)
        #expect(transport.requests.map(\.url.description) == [mcp])
    }

    @Test(arguments: ["https://evil.test/m", "http://api.test/m", "//evil.test/m", "relative"])
    func `PR-2: follows no redirect to elsewhere`(_ location: String) async {
        let transport = ScriptedTransport { index, _ in
            index == 0 ? challenge(#"Bearer resource_metadata="\#(place)""#) : redirect(location)
        }
        #expect(await refusal(transport)?.code == .discoveryFailed)
        #expect(transport.requests.allSatisfy { $0.url.origin == "https://api.test" })
    }

    @Test func `PR-2: reaches public addresses only, for a resource that has one`() async throws {
        let transport = ScriptedTransport([
            .answer(challenge(#"Bearer resource_metadata="\#(place)""#)),
            .answer(.json(document())),
        ])
        _ = try await discover(transport)
        #expect(transport.requests.allSatisfy { $0.addresses == .publicOnly })
    }

    @Test func `PR-2: lets a resource of the network around describe itself`() async throws {
        let refused = TransportError(.addressRefused, "no", mayHaveBeenSent: false)
        let transport = ScriptedTransport([
            .fail(refused), .answer(challenge(#"Bearer resource_metadata="\#(place)""#)),
            .answer(.json(document())),
        ])
        _ = try await discover(transport)
        #expect(transport.requests.map(\.addresses) == [.publicOnly, .any, .any])
    }

    /// It was public when it was asked; now its name leads into the network (DNS rebinding).
    @Test func `PR-2: does not follow a name that leads elsewhere a moment later`() async {
        let refused = TransportError(.addressRefused, "no", mayHaveBeenSent: false)
        let transport = ScriptedTransport([
            .answer(challenge(#"Bearer resource_metadata="\#(place)""#)), .fail(refused),
        ])
        #expect(await refusal(transport)?.code == .unsafeEndpoint)
        #expect(transport.requests.count == 2)
    }

    @Test func `tells a server that is down from one without metadata`() async {
        let down = TransportError(.cannotConnect, "nobody", mayHaveBeenSent: false)
        #expect(await refusal(ScriptedTransport([.fail(down)]))?.code == .temporary)
        let silent = ScriptedTransport { _, _ in .json("{}", status: 404) }
        #expect(await refusal(silent)?.code == .discoveryFailed)
        #expect(silent.requests.count == 3)
    }

    @Test(arguments: [
        "http://api.test", "https://api.test/#f", "api.test", "https://u@api.test", "",
    ])
    func `refuses a resource that is no plain https URL (R-1)`(_ resource: String) {
        let refusal = code { () throws(OAuthError) in
            _ = try ResourceDiscovery(of: resource, over: ScriptedTransport([]))
        }
        #expect(refusal == .badParameter)
    }
}

private let mcp = "https://api.test/mcp"
private let place = "https://api.test/meta"

private func document(_ resource: String = mcp) -> String {
    #"{"resource":"\#(resource)","authorization_servers":["https://as.test"],"#
        + #""scopes_supported":["files:read","files:write"]}"#
}

private func challenge(_ field: String) -> HTTPResponse {
    var response = HTTPResponse(status: 401)
    response.fields.set("WWW-Authenticate", field)
    return response
}

private func redirect(_ location: String) -> HTTPResponse {
    var response = HTTPResponse(status: 302)
    response.fields.set("Location", location)
    return response
}

private func discover(_ transport: ScriptedTransport) async throws(OAuthError) -> ProtectedResource
{
    try await ResourceDiscovery(of: mcp, over: transport).discover()
}

private func refusal(_ transport: ScriptedTransport) async -> OAuthError? {
    await failure { () async throws(OAuthError) in _ = try await discover(transport) }
}
