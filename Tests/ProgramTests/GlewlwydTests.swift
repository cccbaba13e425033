import SesameJSON
import TestSupport
import Testing

/// The built programs against an authorization server that nobody here wrote.
@Suite(
    .enabled(
        if: ForeignProgram.isExpected("glewlwyd"),
        "glewlwyd is not installed (apt-get install glewlwyd sqlite3)"))
struct `Against glewlwyd, the programs` {
    @Test(arguments: [
        Meeting("public", "none"),
        Meeting("confidential", "client_secret_basic"),
        Meeting("post", "client_secret_post"),
        Meeting("secret-jwt", "client_secret_jwt"), Meeting("key-ec", "private_key_jwt"),
        Meeting("key-rsa", "private_key_jwt"),
        Meeting("confidential", "client_secret_basic", overTLS: true),
        Meeting("mtls", "tls_client_auth", overTLS: true),
        Meeting("mtls-self", "self_signed_tls_client_auth", overTLS: true),
        Meeting("public", "none", takesPushedOnly: true),
        Meeting("confidential", "client_secret_basic", takesPushedOnly: true),
        Meeting("post", "client_secret_post", takesPushedOnly: true),
        Meeting("key-ec", "private_key_jwt", takesPushedOnly: true),
    ])
    func `log in with a code and PKCE`(meeting: Meeting) async throws {
        let sesame = try await loggedIn(meeting)
        let token = try await JSON(printed: sesame.run("token", "work", "--json"))
        #expect(token["access_token"]?.string?.isEmpty == false)
        #expect(token["token_type"]?.string == "Bearer")
        #expect(Set(try scopes(token)) == ["read", "write"])
        let status = try await JSON(printed: sesame.run("status", "work", "--json"))
        #expect(status["state"]?.string == "ready")
    }

    /// Its codes come with an address of its own making: `?code=`, where others have `?user_code=`.
    @Test(arguments: [
        Meeting("public", "none"), Meeting("confidential", "client_secret_basic"),
        Meeting("post", "client_secret_post"), Meeting("public", "none", overTLS: true),
    ])
    func `log in with a device code, and renew that login`(meeting: Meeting) async throws {
        let server = try await Glewlwyd(overTLS: meeting.isOverTLS)
        let sesame = Sesame(server: server)
        try await setUp(
            sesame, meeting, at: server, "--grant", "device_code", scope: "read write")
        let login = try sesame.start("login", "work", "--json")
        let (event, ended) = try await offPool {
            let event = try JSON(printed: try #require(try login.nextLine()))
            let address = try #require(event["verification_uri_complete"]?.string)
            let person = try ChildProcess.run(server.browser, [address])
            try #require(person.status == 0, "\(person.errors)")
            return (event, try login.wait())
        }
        try #require(ended.status == 0, "\(ended.errors)")
        #expect(event["event"]?.string == "device")
        #expect(event["verification_uri"]?.string == "\(server.issuer)/device")
        let token = try await JSON(printed: sesame.run("token", "work", "--json"))
        #expect(Set(try scopes(token)) == ["read", "write"])
        var tokens: Set<String> = [try await sesame.run("token", "work")]
        for _ in 1...3 { tokens.insert(try await sesame.run("token", "work", "--refresh")) }
        #expect(tokens.count == 4)
    }

    @Test(arguments: [
        Meeting("confidential", "client_secret_basic"), Meeting("post", "client_secret_post"),
        Meeting("secret-jwt", "client_secret_jwt"), Meeting("key-ec", "private_key_jwt"),
        Meeting("key-rsa", "private_key_jwt"), Meeting("mtls", "tls_client_auth", overTLS: true),
        Meeting("mtls-self", "self_signed_tls_client_auth", overTLS: true),
    ])
    func `get tokens with client credentials and no person`(meeting: Meeting) async throws {
        let server = try await Glewlwyd(overTLS: meeting.isOverTLS)
        let sesame = Sesame(server: server)
        try await setUp(sesame, meeting, at: server, "--grant", "client_credentials", scope: "read")
        let token = try await sesame.run("token", "work")
        #expect(token.count > 20 && token.hasSuffix("\n"))
        #expect(try await sesame.run("token", "work") == token, "a good token is held")
        #expect(try await sesame.run("token", "work", "--refresh") != token)
    }

    /// It takes each refresh token once; a second use would end the login.
    @Test(arguments: [
        Meeting("public", "none"), Meeting("confidential", "client_secret_basic"),
        Meeting("key-ec", "private_key_jwt"), Meeting("mtls", "tls_client_auth", overTLS: true),
    ])
    func `survive twenty rounds of rotation`(meeting: Meeting) async throws {
        let sesame = try await loggedIn(meeting)
        var tokens: Set<String> = [try await sesame.run("token", "work")]
        for _ in 1...20 { tokens.insert(try await sesame.run("token", "work", "--refresh")) }
        #expect(tokens.count == 21)
    }

    @Test(arguments: [
        Meeting("confidential", "client_secret_basic"), Meeting("key-ec", "private_key_jwt"),
    ])
    func `say at logout what the server did`(meeting: Meeting) async throws {
        let sesame = try await loggedIn(meeting)
        try await sesame.run("logout", "work")
        let status = try await JSON(printed: sesame.run("status", "work", "--json"))
        #expect(status["state"]?.string == "login_required")
    }

    /// It signs by RS256, with a key at its `jwks_uri`.
    @Test(arguments: [
        Meeting("public", "none"), Meeting("confidential", "client_secret_basic"),
        Meeting("confidential", "client_secret_basic", takesPushedOnly: true),
    ])
    func `believe the ID token of a login, and renew it`(meeting: Meeting) async throws {
        let sesame = try await loggedIn(meeting, scope: "openid read write")
        let token = try await JSON(printed: sesame.run("token", "work", "--json"))
        #expect(try scopes(token).contains("openid"))
        #expect(try await sesame.run("token", "work", "--refresh").count > 20)
    }

    /// What is signed is all that it gets to hear.
    @Test(arguments: [
        Meeting("key-ec", "private_key_jwt"), Meeting("key-rsa", "private_key_jwt"),
        Meeting("key-ec", "private_key_jwt", takesPushedOnly: true),
    ])
    func `JA-1: log in with a request that they sign`(meeting: Meeting) async throws {
        let sesame = try await loggedIn(meeting, setting: "jar = required")
        #expect(
            Set(try scopes(JSON(printed: await sesame.run("token", "work", "--json")))) == [
                "read", "write",
            ])
        #expect(try await sesame.run("token", "work", "--refresh").count > 20)
    }

    /// It answers every client about its own tokens.
    @Test func `ask about a token that is held`() async throws {
        let sesame = try await loggedIn(Meeting("confidential", "client_secret_basic"))
        let said = try await JSON(printed: sesame.run("status", "work", "--introspect", "--json"))
        #expect(said["active"]?.bool == true)
        #expect(said["scope"]?.string?.contains("read") == true)
        #expect(said["expires_at"]?.string?.hasSuffix("Z") == true)
    }

    private func loggedIn(
        _ meeting: Meeting, scope: String = "read write", setting: String? = nil
    ) async throws -> Sesame {
        let server = try await Glewlwyd(
            overTLS: meeting.isOverTLS, takesPushedOnly: meeting.takesPushedOnly)
        let sesame = Sesame(browser: server.browser, server: server)
        let redirectURI = try server.client(meeting.client).redirectURI
        try await setUp(
            sesame, meeting, at: server, "--redirect-uri", redirectURI, scope: scope)
        if let setting { try await sesame.shell("echo '\(setting)' >>config") }
        try await sesame.run("login", "work")
        return sesame
    }

    private func setUp(
        _ sesame: Sesame, _ meeting: Meeting, at server: Glewlwyd, _ option: String,
        _ value: String, scope: String
    ) async throws {
        let client = try server.client(meeting.client)
        var arguments = [
            "setup", "work", "--issuer", server.issuer, "--client-id", client.id,
            "--client-auth", meeting.authentication, "--scope", scope, option, value,
        ]
        if let file = server.certificateAuthorityFile { arguments += ["--ca-file", file] }
        if client.secret != nil { arguments.append("--client-secret-stdin") }
        if let file = client.keyFile { arguments += ["--client-key-file", file] }
        if let file = client.certificateFile { arguments += ["--client-certificate-file", file] }
        if let name = client.keyID { arguments += ["--client-key-id", name] }
        // It refuses a statement that is made for the issuer.
        if meeting.signs { arguments += ["--assertion-audience", "endpoint"] }
        try await sesame.run(arguments, input: client.secret ?? "")
    }

    private func scopes(_ token: JSON) throws -> [Substring] {
        try #require(token["scope"]?.string).split(separator: " ")
    }
}

/// One client of the server and how it authenticates.
struct Meeting: Sendable, CustomTestStringConvertible {
    let client: String
    let authentication: String
    let isOverTLS: Bool
    let takesPushedOnly: Bool

    init(
        _ client: String, _ authentication: String, overTLS: Bool = false,
        takesPushedOnly: Bool = false
    ) {
        self.client = client
        self.authentication = authentication
        self.takesPushedOnly = takesPushedOnly
        isOverTLS = overTLS
    }

    var signs: Bool { authentication.hasSuffix("_jwt") }

    var testDescription: String {
        "\(client), \(authentication)" + (isOverTLS ? ", over TLS" : "")
            + (takesPushedOnly ? ", pushed requests only" : "")
    }
}
