import SesameJSON
import SesameSecrets
import TestSupport
import Testing

/// The built programs against an authorization server that nobody here wrote, which registers clients and gives
/// tokens for resources.
@Suite(
    .enabled(
        if: ForeignProgram.isExpected("glewlwyd"),
        "glewlwyd is not installed (apt-get install glewlwyd sqlite3)"))
struct `Against glewlwyd without a client, the programs` {
    /// It compares redirect URIs as whole strings, so the port is named.
    ///
    /// It answers 200, and says nothing of scopes.
    @Test(arguments: [false, true])
    func `RG-1, RG-3, RG-4, RG-5: register one, use it, change it and end it`(
        isOverTLS: Bool
    ) async throws {
        let server = try await Glewlwyd(overTLS: isOverTLS, registersClients: true)
        let sesame = Sesame(browser: server.browser, server: server)
        var setUp = [
            "setup", "work", "--issuer", server.issuer, "--register", "--scope", "read",
            "--redirect-uri", "http://127.0.0.1:\(quietPort())/callback",
        ]
        if let file = server.certificateAuthorityFile { setUp += ["--ca-file", file] }
        let said = try await sesame.run(setUp, input: "")
        let first = try await client(of: sesame)
        #expect(said.contains("registered at the server as client \(first)"), "\(said)")
        try await sesame.run("login", "work")
        var tokens: Set<String> = [try await sesame.run("token", "work")]
        for _ in 1...3 { tokens.insert(try await sesame.run("token", "work", "--refresh")) }
        #expect(tokens.count == 4)

        let changed = try await sesame.attempt(["setup", "work", "--scope", "read write"])
        #expect(changed.status == 0 && changed.errors.isEmpty, "the server was told")
        try await sesame.run("login", "work")
        let token = try JSON(printed: try await sesame.run("token", "work", "--json"))
        #expect(
            Set(try #require(token["scope"]?.string).split(separator: " ")) == ["read", "write"])

        let again = try await sesame.attempt(["setup", "work", "--register"])
        #expect(again.status == 0 && again.errors.isEmpty, "\(again.errors)")
        let second = try await client(of: sesame)
        #expect(second != first)
        #expect(try await sesame.attempt(["token", "work"]).status == 3, "another client's login")
        try await sesame.run("login", "work")
        try await sesame.run("setup", "work", "--unregister")
        #expect(try await sesame.attempt(["token", "work"]).status == 2)
        let log = try await server.log()
        for name in [first, second] {
            #expect(log.contains("client '\(name)' registered"))
            #expect(log.contains("client '\(name)' deleted"), "nothing is left there")
        }
        #expect(log.components(of: " registered with redirect_uri ") == 2)
    }

    @Test func `RG-1: are told where nobody registers, and nothing is left`() async throws {
        let server = try await Glewlwyd()
        let sesame = Sesame(browser: server.browser, server: server)
        let refused = try await sesame.attempt(
            ["setup", "work", "--issuer", server.issuer, "--register", "--scope", "read"])
        #expect(refused.status == 2, "\(refused.errors)")
        #expect(refused.errors.contains("does not register clients by itself"))
        #expect(try await sesame.run("profiles").isEmpty)
    }

    private func client(of sesame: Sesame) async throws -> String {
        let lines = try await sesame.shell("cat config").output.split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix("client_id = ") })
        return String(line.dropFirst("client_id = ".count))
    }
}

/// The same server, with tokens that are for one resource each.
@Suite(
    .enabled(
        if: ForeignProgram.isExpected("glewlwyd"),
        "glewlwyd is not installed (apt-get install glewlwyd sqlite3)"))
struct `Against glewlwyd with resources, the programs` {
    private static let resources = ["https://api.example/one", "https://api.example/two"]

    /// Its refresh tokens are for the resource of their login, and its access tokens say what they are for.
    @Test func `R-1, R-2, R-3: get tokens for the profile's own, and give no others`() async throws
    {
        let server = try await Glewlwyd(resources: Self.resources)
        let sesame = Sesame(browser: server.browser, server: server)
        let client = try server.client("confidential")
        let (one, two) = (Self.resources[0], Self.resources[1])
        try await sesame.run(
            [
                "setup", "work", "--issuer", server.issuer, "--client-id", client.id, "--scope",
                "read", "--redirect-uri", client.redirectURI, "--resource", one,
                "--client-secret-stdin",
            ], input: client.secret ?? "")
        try await sesame.run("login", "work")
        let token = try await sesame.run("token", "work", "--resource", one)
        #expect(try audience(token) == one)
        #expect(try await audience(sesame.run("token", "work", "--refresh")) == one)
        #expect(try await sesame.attempt(["token", "work", "--resource", two]).status == 2)

        // What is held is for another one now, and this server renews it for no other.
        try await sesame.run("setup", "work", "--resource", two)
        for arguments in [["token", "work"], ["token", "work", "--refresh"]] {
            let refused = try await sesame.attempt(arguments)
            #expect(refused.status == 7 && refused.output.isEmpty, "\(refused.errors)")
            #expect(refused.errors.contains("no tokens for the resource"))
        }
        try await sesame.run("login", "work")
        #expect(try await audience(sesame.run("token", "work")) == two)
        #expect(try await audience(sesame.run("token", "work", "--refresh")) == two)

        // What it does not know it refuses before anybody has agreed to it.
        try await sesame.run("setup", "work", "--resource", "https://api.example/three")
        let refused = try await sesame.attempt(["login", "work"])
        #expect(refused.status == 7 && refused.errors.contains("no tokens for the resource"))
    }

    @Test func `R-1, R-2: get one without a person for each resource that a profile names`()
        async throws
    {
        let server = try await Glewlwyd(resources: Self.resources)
        let sesame = Sesame(server: server)
        let client = try server.client("confidential")
        for (profile, resource) in zip(["one", "two"], Self.resources) {
            try await sesame.run(
                [
                    "setup", profile, "--issuer", server.issuer, "--client-id", client.id,
                    "--scope", "read", "--grant", "client_credentials", "--resource", resource,
                    "--client-secret-stdin",
                ], input: client.secret ?? "")
            #expect(try await audience(sesame.run("token", profile)) == resource)
        }
        try await sesame.run("setup", "one", "--resource", Self.resources[1])
        #expect(try await audience(sesame.run("token", "one")) == Self.resources[1])
    }

    /// Whom an access token of this server is for; it is a JWT, which clients need not know.
    private func audience(_ token: String) throws -> String? {
        let parts = token.split(separator: ".")
        try #require(parts.count == 3)
        let decoded = Base64URL.decode(Array(parts[1].utf8).span)
        return try JSON(parsing: try #require(decoded))["aud"]?.string
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
