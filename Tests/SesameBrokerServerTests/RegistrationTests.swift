import SesameHTTP
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameStore
import TestSupport
import Testing

@Suite struct `A client that Sesame registers` {
    @Test func `is the profile's from then on, and its secrets are in the store alone`()
        async throws
    {
        let rig = try Rig(.unixSocket, nothing)
        let made = try await rig.register()
        #expect(try made.json["created"]?.bool == true)
        #expect(try made.json["warnings"]?.elements?.isEmpty == true, "\(made.text)")
        #expect(
            try made.json["register"]?["redirect_uri"] == nil, "there is nothing left to register")
        let registration = try #require(try await rig.registration)
        let configuration = try rig.configuration
        #expect(configuration.contains("client_id = \(registration.clientID)\n"))
        #expect(configuration.contains("client_auth = none\n"))
        let token = try #require(registration.accessToken?.dangerouslyRevealedText())
        #expect(!configuration.contains(token) && !made.text.contains(token))
        #expect(try await rig.logIn("notes")["state"]?.string == "done")
        #expect(try await rig.send("notes", rig.resource).status == 200)
    }

    @Test func `RG-1: is what the server made of it`() async throws {
        let rig = try Rig(.unixSocket, nothing)
        try await rig.change(
            #""token_endpoint_auth_method":"client_secret_post","client_secret":"s3cret","#
                + #""redirect_uris":["http://localhost/other"]"#)
        let made = try await rig.register()
        #expect(made.status == 200, "\(made.text)")
        #expect(try rig.configuration.contains("client_auth = client_secret_post\n"))
        #expect(try rig.configuration.contains("redirect_uri = http://localhost:0/other\n"))
        let secrets = try await rig.store.secrets(of: "notes")
        #expect(secrets?.clientSecret?.equals(Secret(utf8: "s3cret")) == true)
        #expect(secrets?.clientSecretFor != nil, "it is bound like one that was given")
    }

    @Test(arguments: [
        #""redirect_uris":["https://evil.test/callback"]"#, #""redirect_uris":[]"#,
        #""token_endpoint_auth_method":"client_secret_basic""#,
        #""token_endpoint_auth_method":"tls_client_auth""#,
        #""token_endpoint_auth_method":"private_key_jwt""#,
        #""grant_types":["client_credentials"]"#, #""grant_types":[]"#,
    ])
    func `RG-1: is not used where the profile cannot be what the server made of it`(
        members: String
    ) async throws {
        let rig = try Rig(.unixSocket, nothing)
        try await rig.change(members)
        let made = try await rig.register()
        #expect(made.problem == "server_refused", "\(made.text)")
        #expect(try rig.configuration == nothing)
        #expect(try await rig.registration == nil)
    }

    /// They are not the new client's, and nothing may take them for its own.
    @Test func `has none of the secrets of the client before it`() async throws {
        let rig = try Rig(.unixSocket, nothing)
        for body in [
            #"{"settings":{"issuer":["\#(rig.playground.issuer("mcp"))"],"client_id":["other"]},"client_secret":"a"}"#,
            #"{"settings":{},"added_client_secret":"b"}"#,
        ] { #expect(try await rig.call("PUT", "/profiles/notes", body).status == 200) }
        #expect(try await rig.register().status == 200)
        #expect(try await rig.store.secrets(of: "notes")?.clientSecrets.isEmpty == true)
        #expect(try await rig.logIn("notes")["state"]?.string == "done")
    }

    @Test func `says so where the server leaves out what can be done without`() async throws {
        let rig = try Rig(.unixSocket, nothing)
        try await rig.change(#""grant_types":["authorization_code"],"scope":"other""#)
        let warnings = try #require(try await rig.register().json["warnings"]?.elements)
        #expect(warnings.count == 2)
        #expect(warnings.first?.string?.contains("refresh tokens") == true)
        #expect(warnings.last?.string?.contains("scope read") == true)
    }

    @Test func `RG-2: has a secret that ends, and says how to get another`() async throws {
        let rig = try Rig(.unixSocket, nothing)
        try await rig.change(
            #""token_endpoint_auth_method":"client_secret_basic","client_secret":"s","client_secret_expires_at":9"#
        )
        #expect(try await rig.register().status == 200)
        let status = try await rig.call("GET", "/profiles/notes")
        #expect(try status.json["last_error"]?.string?.contains("--register") == true)
        #expect(try status.json["warnings"]?.elements?.isEmpty != false, "it is told once")
        let login = try await rig.call("POST", "/profiles/notes/login", "{}")
        #expect(login.problem == "configuration")
        #expect(login.detail.contains("1970"))
        #expect(login.text.contains("sesame setup notes --register"))
    }

    /// Of two at once one would be registered and nobody's.
    @Test func `is registered once by two who want it at once`() async throws {
        let rig = try Rig(.unixSocket, nothing)
        rig.playground.install(Fault.held.at(.register, of: "mcp"))
        async let first = rig.register()
        while rig.playground.service.held == 0 { await Task.yield() }
        let second = try await rig.register()
        #expect(second.problem == "temporary", "\(second.text)")
        rig.playground.service.release()
        #expect(try await first.status == 200)
        #expect(try await rig.logIn("notes")["state"]?.string == "done")
    }

    @Test func `that is ended does not take along one that was named meanwhile`() async throws {
        let rig = try Rig(.unixSocket, nothing)
        _ = try await rig.register()
        rig.playground.install(Fault.held.at(.register, of: "mcp"))
        async let ended = rig.call("DELETE", "/profiles/notes/registration")
        while rig.playground.service.held == 0 { await Task.yield() }
        let body = #"{"settings":{"client_id":["other"]}}"#
        #expect(try await rig.call("PUT", "/profiles/notes", body).status == 200)
        rig.playground.service.release()
        #expect(try await ended.status == 204)
        #expect(try rig.configuration.contains("client_id = other\n"))
    }

    /// Without a word in the profile the certificate decides, where the server takes that (RFC 8705).
    @Test(.enabled(if: CertificateAuthority.isAvailable, "needs the programs openssl and socat"))
    func `is known by its certificate where the server takes that`() async throws {
        let authority = try CertificateAuthority()
        let identity = try authority.issue(["DNS:client.example"])
        let rig = try Rig(
            .unixSocket,
            """
            [profile notes]
            client_certificate_file = \(identity.certificate)
            client_key_file = \(identity.key)

            """)
        let methods = #""token_endpoint_auth_methods_supported":["none","tls_client_auth"]"#
        try await rig.change(methods, at: "discovery")
        try await rig.answer(
            #"""
            {"status":201,"content_type":"application/json",
            "body":"{\"client_id\":\"c\",\"token_endpoint_auth_method\":\"tls_client_auth\"}"}
            """#)
        let registered = try await rig.register()
        #expect(registered.status == 200, "\(registered.text)")
        #expect(try rig.configuration.contains("client_auth = tls_client_auth\n"))
    }

    @Test func `RG-3, RG-4: is told of another scope, again and again`() async throws {
        let rig = try Rig(.unixSocket, nothing)
        _ = try await rig.register()
        var tokens: [Secret] = []
        for scope in ["read write", "write", "read"] {
            let body = #"{"settings":{"scope":["\#(scope)"]}}"#
            let changed = try await rig.call("PUT", "/profiles/notes", body)
            #expect(try changed.json["warnings"]?.elements?.isEmpty == true, "\(changed.text)")
            let token = try #require(try await rig.registration?.accessToken)
            #expect(!tokens.contains { $0.equals(token) }, "each answer brings another")
            tokens.append(token)
        }
        try await rig.answer(#"{"status":400,"content_type":"application/json","body":"{}"}"#)
        let body = #"{"settings":{"scope":["read write"]}}"#
        let refused = try await rig.call("PUT", "/profiles/notes", body)
        #expect(refused.text.contains("sesame setup notes --register"))
        #expect(
            try rig.configuration.contains("scope = read write"),
            "the profile is changed all the same")
    }

    @Test func `is not asked of again by what the server need not know`() async throws {
        let rig = try Rig(.unixSocket, nothing)
        _ = try await rig.register()
        let token = try #require(try await rig.registration?.accessToken)
        _ = try await rig.call("PUT", "/profiles/notes", #"{"settings":{"renew":["off"]}}"#)
        #expect(try await rig.registration?.accessToken?.equals(token) == true)
    }

    @Test func `takes the place of the one before, which is ended at the server`() async throws {
        let rig = try Rig(.unixSocket, nothing)
        _ = try await rig.register()
        try await rig.logIn("notes")
        let earlier = try #require(try await rig.registration?.clientID)
        #expect(try await rig.call("PUT", "/profiles/notes", #"{"register":true}"#).status == 200)
        #expect(try await rig.registration?.clientID != earlier)
        #expect(try await rig.token("notes").problem == "login_required")
        #expect(try await rig.logIn("notes")["state"]?.string == "done")
        let query = "client_id=\(earlier)&redirect_uri=http://127.0.0.1/callback&response_type=code"
        let shown = try await rig.playgroundStatus("/mcp/authorize?\(query)")
        #expect(shown == 400, "the server knows it no more")
    }

    @Test func `is ended at the server with its login, and the profile stays without it`()
        async throws
    {
        let rig = try Rig(.unixSocket, nothing)
        _ = try await rig.register()
        try await rig.logIn("notes")
        #expect(try await rig.call("DELETE", "/profiles/notes/registration").status == 204)
        #expect(try await rig.registration == nil)
        #expect(try await rig.store.credential(of: "notes") == nil)
        #expect(try !rig.configuration.contains("client_id"))
        #expect(try rig.configuration.contains("scope = read"))
        let again = try await rig.call("DELETE", "/profiles/notes/registration")
        #expect(again.problem == "usage")
        #expect(try await rig.register().status == 200)
    }

    @Test func `stays where the server does not end it`() async throws {
        let rig = try Rig(.unixSocket, nothing)
        _ = try await rig.register()
        try await rig.answer(#"{"status":503,"content_type":"text/plain","body":""}"#)
        #expect(try await rig.call("DELETE", "/profiles/notes/registration").problem == "temporary")
        #expect(try await rig.registration != nil)
        #expect(try rig.configuration.contains("client_id"))
    }

    @Test func `needs an initial access token at some servers`() async throws {
        let rig = try Rig(.unixSocket, nothing)
        try await rig.answer(#"{"status":401,"content_type":"text/plain","body":""}"#)
        let refused = try await rig.register()
        #expect(refused.problem == "server_refused")
        #expect(refused.text.contains("--initial-access-token-stdin"))
        #expect(try await rig.register(#","initial_access_token":"initial""#).status == 200)
    }

    @Test func `is not there where the server registers nobody`() async throws {
        let rig = try Rig(.unixSocket, nothing)
        let body =
            #"{"settings":{"issuer":["\#(rig.playground.baseURL.origin)/rfc"]},"register":true}"#
        let refused = try await rig.call("PUT", "/profiles/notes", body)
        #expect(refused.problem == "configuration")
        #expect(refused.text.contains("http://127.0.0.1/callback"), "what to register by hand")
        #expect(try rig.configuration == nothing)
    }
}

@Suite struct `A look at a protected resource` {
    @Test func `PR-3: tells servers that a profile uses from others, and changes nothing`()
        async throws
    {
        let rig = try Rig(.unixSocket, nothing)
        for isTrusted in [false, true] {
            let found = try await rig.call(
                "POST", "/profiles/other/resource", #"{"resource":"\#(rig.resource)"}"#)
            #expect(found.status == 200, "\(found.text)")
            #expect(try found.json["resource"]?.string == rig.resource)
            #expect(try found.json["scope"]?.string == "read", "the challenge's")
            let server = try #require(try found.json["authorization_servers"]?.elements?.first)
            #expect(server["issuer"]?.string == "\(rig.playground.baseURL.origin)/mcp")
            #expect(server["trusted"]?.bool == isTrusted)
            if !isTrusted {
                #expect(try rig.configuration == nothing)
                _ = try await rig.register()
            }
        }
    }

    @Test(arguments: [
        (#""resource":"https://honest.test/api""#, "destination_refused"),
        (#""authorization_servers":"http://127.0.0.1/""#, "configuration"),
        (#""authorization_servers":[]"#, "configuration"),
        (#""authorization_servers":["http://user@127.0.0.1/"]"#, "configuration"),
        (#""authorization_servers":["http://as.test/"]"#, "destination_refused"),
        (#""bearer_methods_supported":["query"]"#, "configuration"),
    ])
    func `PR-1, PR-3, T-20: refuses what it says`(_ vector: (String, String)) async throws {
        let rig = try Rig(.unixSocket, nothing)
        try await rig.change(vector.0, at: "discovery")
        let found = try await rig.call(
            "POST", "/profiles/other/resource", #"{"resource":"\#(rig.resource)"}"#)
        #expect(found.problem == vector.1, "\(found.text)")
    }

    @Test func `PR-2: refuses a document without end`() async throws {
        let rig = try Rig(.unixSocket, nothing)
        let length = (1 << 20) + 1
        let server = try ScriptedServer(
            answer: "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(length)\r\n\r\n" + String(repeating: " ", count: length))
        let found = try await rig.call(
            "POST", "/profiles/other/resource", #"{"resource":"\#(try server.url("/api"))"}"#)
        #expect(found.problem == "temporary", "\(found.text)")
        #expect(found.detail.contains("more than 1048576 bytes"))
        #expect(server.requests.count == 2, "the resource, and one well-known place")
    }

    @Test func `gives the document of a client that nobody registers (RG-6)`() async throws {
        let rig = try Rig(.unixSocket, nothing)
        let url = "https%3A%2F%2Fid.example%2Fsesame.json"
        let document = try await rig.call("GET", "/profiles/new/client-metadata?client_id=\(url)")
        #expect(try document.json["client_id"]?.string == "https://id.example/sesame.json")
        #expect(try document.json["application_type"]?.string == "native")
        let bad = try await rig.call(
            "GET", "/profiles/new/client-metadata?client_id=https%3A%2F%2Fid.example")
        #expect(bad.problem == "usage")
    }
}

private let nothing = "# no profile yet\n"

extension Rig {
    fileprivate var resource: String { "\(playground.baseURL.origin)/mcp/api" }

    fileprivate func register(_ more: String = "") async throws -> RawAnswer {
        let settings =
            #"{"issuer":["\#(playground.baseURL.origin)/mcp"],"resource":["\#(resource)"],"#
            + #""allow":["\#(resource)"],"scope":["read"]}"#
        return try await call(
            "PUT", "/profiles/notes", #"{"settings":\#(settings),"register":true\#(more)}"#)
    }

    fileprivate var registration: ClientSecrets.Registration? {
        get async throws { try await store.secrets(of: "notes")?.registration }
    }

    /// Puts these members into the next answer.
    fileprivate func change(_ members: String, at endpoint: String = "register") async throws {
        try await fault(#"{"kind":"none","endpoint":"\#(endpoint)","members":{\#(members)}}"#)
    }

    /// The next answer instead of the real one.
    fileprivate func answer(_ answer: String, at endpoint: String = "register") async throws {
        try await fault(#"{"kind":"none","endpoint":"\#(endpoint)","answer":\#(answer)}"#)
    }

    private func fault(_ fault: String) async throws {
        let status = try await playgroundStatus("/_control/faults", "POST", fault)
        try #require(status == 200)
    }

    fileprivate func playgroundStatus(
        _ target: String, _ method: String = "GET", _ body: String = ""
    ) async throws -> Int {
        let base = playground.baseURL
        return try await offPool {
            let socket = try RawSocket(port: base.port)
            socket.send(
                "\(method) \(target) HTTP/1.1\r\nHost: \(base.authority)\r\nConnection: close\r\n"
                    + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            return try socket.receiveAnswer().status
        }
    }
}
