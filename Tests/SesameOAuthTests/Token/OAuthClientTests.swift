import SesameHTTP
import SesameOAuth
import SesameSecrets
import TestSupport
import Testing

@Suite struct `A client` {
    @Test func `sends a token request once, on a fresh connection, with no secret in the URL`()
        async throws
    {
        let transport = ScriptedTransport([.answer(granted)])
        let client = try client(
            transport, server: try server(token: "https://as.test/token?tenant=a"),
            authentication: ClientSecretPost(secret: Secret(utf8: "s3cret&")),
            extra: [("audience", "x")])
        let tokens = try await client.redeem(ClientCredentialsGrant(scope: "read"), at: now)
        #expect(tokens.accessToken.value.dangerouslyRevealedText() == "t")
        let request = try #require(transport.requests.first)
        #expect(transport.requests.count == 1)
        #expect(request.method == "POST")
        #expect(request.url.description == "https://as.test/token?tenant=a")
        #expect(request.connection == .fresh)
        #expect(request.fields["Content-Type"] == "application/x-www-form-urlencoded")
        #expect(request.fields["Accept"] == "application/json")
        #expect(request.fields["Accept-Encoding"] == "identity")
        let form = try #require(request.form)
        #expect(form["grant_type"] == "client_credentials")
        #expect(form["scope"] == "read")
        #expect(form["client_id"] == "cli")
        #expect(form["client_secret"] == "s3cret&")
        #expect(form["audience"] == "x")
        #expect(Set(form.names).count == form.names.count)
    }

    @Test func `sends a refresh token and the narrower scope`() async throws {
        let transport = ScriptedTransport([.answer(granted)])
        let grant = RefreshTokenGrant(refreshToken: Secret(utf8: "r+1"), scope: "read")
        _ = try await client(transport).redeem(grant, at: now)
        let form = try #require(transport.requests[0].form)
        #expect(form["grant_type"] == "refresh_token")
        #expect(form["refresh_token"] == "r+1")
        #expect(form["scope"] == "read")
    }

    @Test func `redeems a code at the server that the request went to`() async throws {
        let transport = ScriptedTransport([.answer(granted)])
        _ = try await client(transport).redeem(try codeGrant(), at: now)
        #expect(transport.requests[0].form?["grant_type"] == "authorization_code")
    }

    @Test func `never sends a code or refresh token to another server's endpoint`() async throws {
        let transport = ScriptedTransport([.answer(granted)])
        let other = try client(transport, server: try server(token: "https://evil.test/token"))
        let grant = try codeGrant()
        do throws(OAuthError) {
            _ = try await other.redeem(grant, at: now)
            Issue.record("the code was sent")
        } catch {
            #expect(error.code == .unsafeEndpoint)
        }
        let bound = RefreshTokenGrant(
            refreshToken: Secret(utf8: "r"), tokenEndpoint: try url("https://as.test/token"))
        let alsoRefused = await failure { () async throws(OAuthError) in
            _ = try await other.redeem(bound, at: now)
        }
        #expect(alsoRefused?.code == .unsafeEndpoint)
        #expect(transport.requests.isEmpty)
    }

    @Test(arguments: [
        "http://as.test/token", "https://as.test/token#f", "https://as.test/token?client_secret=x",
        "https://as.test/token?grant_type=x",
    ])
    func `sends nothing to an unsafe endpoint`(_ endpoint: String) async throws {
        let transport = ScriptedTransport([.answer(granted)])
        let client = try client(transport, server: try server(token: endpoint))
        #expect(await refusal(client)?.code == .unsafeEndpoint)
        #expect(transport.requests.isEmpty)
    }

    @Test(arguments: ["grant_type", "scope", "client_secret", "refresh_token", "code_verifier"])
    func `refuses an extra parameter that is the protocol's`(_ name: String) async throws {
        let transport = ScriptedTransport([.answer(granted)])
        let client = try client(transport, extra: [(name, "x")])
        #expect(await refusal(client)?.code == .badParameter)
        #expect(transport.requests.isEmpty)
    }

    @Test func `says whether a lost request may have been seen`() async throws {
        for maybe in [true, false] {
            let lost = TransportError(.connectionLost, "reset", mayHaveBeenSent: maybe)
            let error = await refusal(try client(ScriptedTransport([.fail(lost)])))
            #expect(error?.code == .temporary)
            #expect(error?.mayHaveBeenSent == maybe)
        }
    }

    @Test func `does not follow a redirect`() async throws {
        var redirect = HTTPResponse(status: 307)
        redirect.fields.set("Location", "https://as.test/other")
        let transport = ScriptedTransport([.answer(redirect), .answer(granted)])
        #expect(await refusal(try client(transport))?.code == .serverRefused)
        #expect(transport.requests.count == 1)
    }

    @Test func `revokes with the hint, in the body`() async throws {
        let transport = ScriptedTransport([
            .expect("POST", "https://as.test/revoke", HTTPResponse(status: 200))
        ])
        try await client(transport).revoke(
            Secret(utf8: "r"), hint: "refresh_token", at: now)
        let form = try #require(transport.requests[0].form)
        #expect(form["token"] == "r")
        #expect(form["token_type_hint"] == "refresh_token")
        #expect(form["client_id"] == "cli")
    }

    @Test(arguments: [
        (HTTPResponse.json("", status: 503), OAuthError.Code.temporary),
        (.json(#"{"error":"unsupported_token_type"}"#, status: 400), .serverRefused),
        (.json(#"{"error":"invalid_grant"}"#, status: 400), .serverRefused),
        (.json(#"{"error":"invalid_client"}"#, status: 401), .clientRejected),
    ])
    func `reports a revocation that failed`(_ vector: (HTTPResponse, OAuthError.Code)) async throws
    {
        let client = try client(ScriptedTransport([.answer(vector.0)]))
        let error = await failure { () async throws(OAuthError) in
            try await client.revoke(Secret(utf8: "r"), hint: "refresh_token", at: now)
        }
        #expect(error?.code == vector.1)
    }

    @Test func `cannot revoke where the server has no endpoint for it`() async throws {
        var server = try server()
        server.revocationEndpoint = nil
        let client = try client(ScriptedTransport([]), server: server)
        let error = await failure { () async throws(OAuthError) in
            try await client.revoke(Secret(utf8: "r"), hint: "refresh_token", at: now)
        }
        #expect(error?.code == .serverRefused)
    }
}

private let granted = HTTPResponse.json(#"{"access_token":"t","token_type":"Bearer"}"#)

private func codeGrant() throws -> AuthorizationCodeGrant {
    let request = try request()
    let state = try #require(try ReceivedForm(query: request.url.query)["state"])
    return try request.grant(from: try ReceivedForm(query: "code=c&state=\(state)"))
}

private func refusal(_ client: OAuthClient) async -> OAuthError? {
    await failure { () async throws(OAuthError) in
        _ = try await client.redeem(ClientCredentialsGrant(), at: now)
    }
}
