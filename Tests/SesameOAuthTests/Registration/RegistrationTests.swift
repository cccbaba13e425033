import SesameHTTP
import SesameJSON
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `Registration of a client` {
    @Test func `RG-5: says that it is native, at a loopback address without a port`() async throws {
        let transport = ScriptedTransport([.answer(.json(answer, status: 201))])
        let client = try await register(transport)
        let request = try #require(transport.requests.first)
        #expect(request.method == "POST")
        #expect(request.url.description == "https://as.test/register")
        #expect(request.revealed("Authorization") == nil)
        #expect(request.fields["Content-Type"] == "application/json")
        #expect(
            request.body?.dangerouslyRevealedText()
                == #"{"client_name":"Sesame","redirect_uris":["http://127.0.0.1/callback"],"#
                + #""grant_types":["authorization_code","refresh_token"],"response_types":["code"],"#
                + #""token_endpoint_auth_method":"none","application_type":"native","scope":"read"}"#
        )
        #expect(client.clientID == "s6BhdRkqt3")
    }

    @Test func `RG-1: reads back what the server made of it (RFC 7591, section 3.2.1)`()
        async throws
    {
        let client = try await register(ScriptedTransport([.answer(.json(answer, status: 201))]))
        #expect(client.clientSecret?.equals(Secret(utf8: "cf136dc3c1fc93f31185e5885805d")) == true)
        #expect(client.secretExpiresAt == Timestamp(seconds: 2_893_276_800))
        #expect(client.authenticationMethod == "client_secret_basic")
        #expect(client.grantTypes == ["authorization_code", "refresh_token"])
        #expect(client.redirectURIs == ["https://client.example.org/callback"])
    }

    @Test func `RG-2: takes 0 for a secret that never ends`() async throws {
        let text = #"{"client_id":"a","client_secret":"s","client_secret_expires_at":0}"#
        let client = try await register(ScriptedTransport([.answer(.json(text, status: 201))]))
        #expect(client.secretExpiresAt == nil)
        #expect(client.clientSecret != nil)
    }

    @Test(arguments: [
        #"{}"#, #"{"client_id":""}"#, #"{"client_id":7}"#, #"{"client_id":"a\u0000b"}"#,
        #"{"client_id":"ä"}"#, #"{"client_id":"a","client_secret":"a\u000ab"}"#,
        #"{"client_id":"a","client_secret":"s","client_secret_expires_at":-1}"#,
        #"{"client_id":"a","redirect_uris":"http://127.0.0.1/"}"#, #"["client_id"]"#, "",
    ])
    func `RG-1: refuses an answer that names no client`(_ text: String) async {
        let transport = ScriptedTransport([.answer(.json(text, status: 201))])
        let error = await failure { () async throws(OAuthError) in _ = try await register(transport)
        }
        #expect(error?.code == .badResponse)
    }

    @Test func `sends an initial access token, and says when one is wanted`() async throws {
        let transport = ScriptedTransport([.answer(.json(answer, status: 201))])
        _ = try await register(transport, token: Secret(utf8: "initial"))
        #expect(transport.requests.first?.revealed("Authorization") == "Bearer initial")
        for status in [401, 403] {
            let guarded = ScriptedTransport([.answer(HTTPResponse(status: status))])
            let error = await failure { () async throws(OAuthError) in
                _ = try await register(guarded)
            }
            #expect(error?.code == .clientRejected)
            #expect(error?.message.contains("initial access token") == true)
        }
    }

    @Test func `says why the server refused it`() async {
        let text = #"{"error":"invalid_redirect_uri","error_description":"No ports here."}"#
        let transport = ScriptedTransport([.answer(.json(text, status: 400))])
        let error = await failure { () async throws(OAuthError) in _ = try await register(transport)
        }
        #expect(error?.code == .serverRefused)
        #expect(error?.serverCode == "invalid_redirect_uri")
        #expect(error?.serverDescription == "No ports here.")
    }

    @Test(arguments: [
        "https://evil.test/register/1", "http://as.test/register/1", "https://as.test:444/1", "",
        "https://as.test/r#f",
    ])
    func `RG-3: is managed at no other server than the one that made it`(_ place: String)
        async throws
    {
        let text =
            #"{"client_id":"a","registration_access_token":"t","registration_client_uri":"\#(place)"}"#
        let client = try await register(ScriptedTransport([.answer(.json(text, status: 201))]))
        #expect(client.managementURI == nil)
    }

    @Test func `RG-3, RG-4: is changed as a whole, with the newest token`() async throws {
        let read =
            #"{"client_id":"a","client_secret":"s","client_secret_expires_at":0,"client_id_issued_at":1,"#
            + #""client_name":"Sesame","contacts":["ada@example.org"],"redirect_uris":["http://127.0.0.1/old"],"#
            + #""registration_access_token":"second","registration_client_uri":"https://as.test/r/a"}"#
        let changed = #"{"client_id":"a","registration_access_token":"third"}"#
        let transport = ScriptedTransport([
            .expect("GET", "https://as.test/r/a", .json(read)),
            .expect("PUT", "https://as.test/r/a", .json(changed)),
        ])
        let kept = Locked<[String]>([])
        try await ClientRegistrar(over: transport).change(
            metadata, of: "a", at: try url("https://as.test/r/a"),
            accessToken: Secret(utf8: "first")
        ) { answer throws(OAuthError) in
            kept.withLock { $0.append(answer.accessToken?.dangerouslyRevealedText() ?? "") }
        }
        #expect(kept.withLock { $0 } == ["second", "third"])
        #expect(
            transport.requests.map { $0.revealed("Authorization") } == [
                "Bearer first", "Bearer second",
            ])
        #expect(
            transport.requests.last?.body?.dangerouslyRevealedText()
                == #"{"client_id":"a","client_secret":"s","client_name":"Sesame","#
                + #""contacts":["ada@example.org"],"redirect_uris":["http://127.0.0.1/callback"],"scope":"read"}"#
        )
    }

    /// As glewlwyd has it, which refuses to take back what it gives.
    @Test func `RG-4: is changed with one way of authentication, where the server lists it`()
        async throws
    {
        let read = #"{"client_id":"a","token_endpoint_auth_method":["client_secret_post"]}"#
        let transport = ScriptedTransport([.answer(.json(read)), .answer(.json(read))])
        let methods = Locked<[String?]>([])
        try await ClientRegistrar(over: transport).change(
            metadata, of: "a", at: try url("https://as.test/r/a"),
            accessToken: Secret(utf8: "first")
        ) { answer throws(OAuthError) in
            methods.withLock { $0.append(answer.authenticationMethod) }
        }
        #expect(methods.withLock { $0 } == ["client_secret_post", "client_secret_post"])
        let sent = try #require(transport.requests.last?.body?.dangerouslyRevealedText())
        #expect(sent.contains(#""token_endpoint_auth_method":"client_secret_post""#), "\(sent)")
    }

    @Test func `RG-3: sends nothing more where the new token could not be kept`() async throws {
        let read = #"{"client_id":"a","registration_access_token":"second"}"#
        let transport = ScriptedTransport([.answer(.json(read)), .answer(.json(read))])
        let place = try url("https://as.test/r/a")
        let error = await failure { () async throws(OAuthError) in
            try await ClientRegistrar(over: transport).change(
                metadata, of: "a", at: place, accessToken: Secret(utf8: "first")
            ) { _ throws(OAuthError) in throw OAuthError(.notSaved, "the disk is full") }
        }
        #expect(error?.code == .notSaved)
        #expect(transport.requests.count == 1)
    }

    @Test func `RG-4: takes no answer about another client`() async throws {
        let transport = ScriptedTransport([.answer(.json(#"{"client_id":"b"}"#))])
        let place = try url("https://as.test/r/a")
        let error = await failure { () async throws(OAuthError) in
            try await ClientRegistrar(over: transport).change(
                metadata, of: "a", at: place, accessToken: Secret(utf8: "first")
            ) { _ throws(OAuthError) in }
        }
        #expect(error?.code == .badResponse)
        #expect(transport.requests.count == 1)
    }

    @Test func `is ended, also where the server does not know it any more`() async throws {
        let place = try url("https://as.test/r/a")
        for status in [204, 200, 404] {
            let transport = ScriptedTransport([.answer(HTTPResponse(status: status))])
            try await ClientRegistrar(over: transport).end(
                at: place, accessToken: Secret(utf8: "t"))
            #expect(transport.requests.map(\.method) == ["DELETE"])
        }
        for status in [401, 500] {
            let transport = ScriptedTransport([.answer(HTTPResponse(status: status))])
            let error = await failure { () async throws(OAuthError) in
                try await ClientRegistrar(over: transport).end(
                    at: place, accessToken: Secret(utf8: "t"))
            }
            #expect(error != nil)
        }
    }

    @Test func `shows no secret that the server repeats`() async throws {
        let text =
            #"{"error":"invalid_token","error_description":"unknown token secret-token-of-ours"}"#
        let transport = ScriptedTransport([.answer(.json(text, status: 401))])
        let place = try url("https://as.test/r/a")
        let error = await failure { () async throws(OAuthError) in
            try await ClientRegistrar(over: transport).end(
                at: place, accessToken: Secret(utf8: "secret-token-of-ours"))
        }
        #expect(error?.serverDescription == nil)
    }
}

private let metadata = ClientMetadata(
    redirectURIs: ["http://127.0.0.1/callback"], authenticationMethod: "none",
    grantTypes: ["authorization_code", "refresh_token"], scope: "read")

/// The answer of RFC 7591, section 3.2.1.
private let answer = """
    {"client_id":"s6BhdRkqt3","client_secret":"cf136dc3c1fc93f31185e5885805d",
     "client_id_issued_at":2893256800,"client_secret_expires_at":2893276800,
     "redirect_uris":["https://client.example.org/callback"],
     "grant_types":["authorization_code","refresh_token"],"client_name":"My Example Client",
     "token_endpoint_auth_method":"client_secret_basic","jwks_uri":"https://client.example.org/k"}
    """

private func register(
    _ transport: ScriptedTransport, token: Secret? = nil
) async throws(OAuthError) -> RegisteredClient {
    guard let endpoint = HTTPURL("https://as.test/token") else {
        throw OAuthError(.badParameter, "no URL")
    }
    var server = AuthorizationServer(tokenEndpoint: endpoint, issuer: "https://as.test")
    server.registrationEndpoint = HTTPURL("https://as.test/register")
    return try await ClientRegistrar(over: transport).register(
        metadata, at: server, initialAccessToken: token)
}
