import Glibc
import TestSupport
import Testing

/// Table 4.7, network: whom the broker speaks to, and which secrets it tells whom.
@Suite(.enabled(if: PreloadedLibrary.isExpected, "there is no C compiler for the library"))
struct `A broker on the network` {
    @Test func `speaks to the servers of its profiles only, and tells each its own secrets`()
        async throws
    {
        let log = try NetworkLog()
        let sesame = Sesame(variables: log.variables)
        let first = try Server("first", "client_secret_post")
        let second = try Server("second", "client_secret_basic")
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        for server in [first, second] { try await server.setUp(sesame) }
        for (server, other) in [(first, second), (second, first)] {
            try await server.tempt(towards: other)
            try await server.logIn(sesame)
        }
        for (server, other) in [(first, second), (second, first)] {
            try await server.use(sesame, besides: other)
        }
        for server in [first, second] { try await server.logOut(sesame) }
        broker.terminate()
        try #require(try await offPool { try broker.wait() }.status == 0)

        let (destinations, names, programs) = try (log.destinations(), log.names(), log.programs())
        #expect(destinations == [first.address, second.address])
        #expect(names.isEmpty)
        for server in [first, second] {
            for secret in server.secrets {
                let hearers = try log.hearers(of: secret)
                #expect(hearers == [server.address], "\(secret)")
            }
        }
        // A browser is watched because the client that starts it is.
        #expect(programs == ["sesamed", "practice-browser"], "the client is silent")
    }

    @Test(.enabled(if: CertificateAuthority.isAvailable, "needs the programs openssl and socat"))
    func `shows no secret where TLS is in between`() async throws {
        let authority = try await offPool { try CertificateAuthority() }
        // Without TLS the same run does show them.
        for authority in [nil, authority] {
            let log = try NetworkLog()
            let practice = try await Practice(
                "strict", through: authority, variables: log.variables)
            let broker = try await practice.startBroker()
            defer { broker.kill() }
            try await renewAndUse(practice)

            let front = practice.front.map { ["127.0.0.1:\($0.port)", "[::1]:\($0.port)"] }
            let allowed = front ?? [practice.playground.authority]
            let (destinations, names) = try (log.destinations(), log.names())
            #expect(destinations.isSubset(of: allowed))
            #expect(names.isEmpty)
            for secret in Self.secrets {
                let hearers = try log.hearers(of: secret)
                #expect(hearers.isEmpty == (authority != nil), "\(secret)")
            }
            // What a connection with TLS begins with (RFC 8446, section 5.1).
            let areTLS = try log.sent().map { $0.bytes.starts(with: [0x16, 0x03]) }
            #expect(Set(areTLS) == [authority != nil])
        }
    }

    /// Were this not noted, the other tests would find no names whatever happened.
    @Test func `asks for the address of a name when a profile has one`() async throws {
        let log = try NetworkLog()
        let sesame = Sesame(variables: log.variables)
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        try await sesame.run(
            "setup", "work", "--issuer", "https://id.example.invalid", "--client-id", "client")
        let (names, destinations) = try (log.names(), log.destinations())
        #expect(names == ["id.example.invalid"])
        #expect(destinations.isEmpty)
    }

    private func renewAndUse(_ practice: Practice) async throws {
        try await practice.disturb(
            """
            [{"count":2,"answer":{"content_type":"application/json","body":"\(tokens("tls"))"}},
             {"endpoint":"api","answer":{"body":"heard"}}]
            """)
        // The second one sends what the first one got.
        for _ in 1...2 { try await practice.sesame.run("token", "work", "--refresh") }
        try #require(try await practice.sesame.run("request", "work", "/things") == "heard")
        try await practice.sesame.run("logout", "work")
    }

    private static let secrets = ["canary-tls-access", "canary-tls-refresh"]
}

/// A practice server with two profiles, and secrets that it shares with nobody.
private struct Server {
    private let name: String
    private let authentication: String
    private let playground: Playground

    /// - Parameter authentication: how a client proves who it is, and so how its secret is spelled.
    init(_ name: String, _ authentication: String) throws {
        self.name = name
        self.authentication = authentication
        playground = try Playground("--quiet")
    }

    var address: String { playground.authority }
    var secrets: [String] {
        ["client", "refresh", "access", "password"].map { "canary-\(name)-\($0)" }
    }
    private var profiles: [(name: String, base: String)] {
        [(name, "\(playground.origin)/strict"), ("\(name)-basic", "\(playground.origin)/mautic")]
    }

    func setUp(_ sesame: Sesame) async throws {
        try await sesame.run(
            ["setup", profiles[0].name, "--issuer", profiles[0].base]
                + ["--base-url", profiles[0].base, "--client-id", "practice-confidential"]
                + ["--client-auth", authentication, "--client-secret-stdin"],
            input: "canary-\(name)-client")
        try await sesame.run(
            ["setup", profiles[1].name, "--provider", "mautic", "--base-url", profiles[1].base]
                + ["--grant", "basic", "--username", "ada", "--password-stdin"],
            input: "canary-\(name)-password")
    }

    /// Has the server take every secret, and send the requests of both profiles on to another server.
    func tempt(towards other: Server) async throws {
        _ = try await playground.control(
            "POST", "faults",
            """
            [{"count":2,"answer":{"content_type":"application/json","body":"\(tokens(name))"}},
             {"endpoint":"api","count":2,"answer":{"status":307,"body":"elsewhere",
              "fields":{"Location":"\(other.profiles[0].base)/api/things"}}},
             {"endpoint":"revoke","answer":{}}]
            """)
    }

    func logIn(_ sesame: Sesame) async throws {
        let browser = sesame.folder.file("practice-browser")
        unsafe symlink(BuiltPrograms.path(of: "sesame-playground"), browser)
        let login = try await sesame.attempt(["login", name], browser: browser)
        try #require(login.status == 0, "\(login.errors)")
    }

    func use(_ sesame: Sesame, besides other: Server) async throws {
        try await sesame.run("token", name, "--refresh")
        for (profile, base) in profiles {
            let answer = try await sesame.run("request", profile, "/api/things")
            try #require(answer == "elsewhere")
            let foreign = "\(other.profiles[0].base)/api/things"
            let refused = try await sesame.attempt(["request", profile, foreign])
            try #require(refused.status == 6, "\(refused.errors)")
            try await sesame.run("header", profile, "--url", "\(base)/api/things")
        }
        try await sesame.run("status")
    }

    func logOut(_ sesame: Sesame) async throws {
        let report = try await sesame.run("logout", name)
        try #require(!report.contains("not revoked"), "the refresh token was sent")
        try await sesame.run("logout", "\(name)-basic")
    }
}

/// What a token endpoint answers, as a text within JSON.
private func tokens(_ name: String) -> String {
    #"{\"access_token\":\"canary-\#(name)-access\",\"refresh_token\":\"canary-\#(name)-refresh\","#
        + #"\"token_type\":\"Bearer\",\"expires_in\":3600}"#
}
