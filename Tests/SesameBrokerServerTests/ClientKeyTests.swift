import Glibc
import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// The broker signs, and the practice server checks: signature, audience, times, and that no statement
/// comes twice.
@Suite struct `A client with a key of its own` {
    private static let profile = """
        [profile p]
        issuer = @/rfc
        client_id = practice-key-jwt
        client_auth = private_key_jwt
        client_key_file = client.key

        """

    @Test(arguments: KeyKind.allCases)
    func `logs in, renews and revokes`(kind: KeyKind) async throws {
        let rig = try Rig(.unixSocket, Self.profile)
        try rig.use(PrivateJWK(try PrivateKey.generate(kind), keyID: "k1"))
        let done = try await rig.logIn("p")
        #expect(done["state"]?.string == "done", "\(done["error"]?["detail"]?.string ?? "")")
        for _ in 0..<3 { #expect(try await rig.token("p", "?refresh=true").status == 200) }
        let logout = try await rig.call("DELETE", "/profiles/p/grant")
        #expect(try logout.json["revoked"]?.bool == true, "\(logout.text)")
    }

    @Test func `takes its key from PEM, with the name that the profile gives`() async throws {
        let rig = try Rig(
            .unixSocket, Self.profile + "client_key_id = k7\ngrant = client_credentials\n")
        let made = try await ChildProcess.runAside(
            "openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"])
        let pem = Secret(utf8: made.output)
        try PrivateFile.create(rig.keyFile, pem)
        let key = PrivateJWK(try PrivateKey(pem: pem), keyID: "k7")
        rig.register(try key.publicJWK())
        #expect(try await rig.token("p").status == 200)
        // The name is the one that was sent: with another the server finds no key.
        rig.register(JWK(try key.privateKey.publicKey(), keyID: "k8"))
        #expect(try await rig.token("p", "?refresh=true").problem == "server_refused")
    }

    /// MT-5.
    @Test func `uses another key as soon as it is in the file, without a restart`() async throws {
        let rig = try Rig(.unixSocket, Self.profile)
        try rig.use(PrivateJWK(try PrivateKey.generate(.p256)))
        try await rig.logIn("p")
        let next = PrivateJWK(try PrivateKey.generate(.ed25519))
        rig.register(try next.publicJWK())
        let refused = try await rig.token("p", "?refresh=true")
        #expect(refused.problem == "server_refused")
        try PrivateFile.replace(rig.keyFile, try next.encoded())
        #expect(try await rig.token("p", "?refresh=true").status == 200)
    }

    @Test func `hears what to do where the server does not know its key`() async throws {
        let rig = try Rig(.unixSocket, Self.profile + "grant = client_credentials\n")
        try rig.use(PrivateJWK(try PrivateKey.generate(.p256)))
        rig.register(JWK(try PrivateKey.generate(.p256).publicKey()))
        let refused = try await rig.token("p")
        #expect(refused.problem == "server_refused")
        let hints = try refused.json["hints"]?.elements?.compactMap(\.string) ?? []
        #expect(hints.contains { $0.contains("knows the public key") })
        #expect(hints.contains { $0.contains("--assertion-audience endpoint") })
    }

    /// J-2, and the servers that take nothing else.
    @Test(arguments: ["", "assertion_audience = endpoint\n"])
    func `names the endpoint for a server that wants it, and where the profile says so only`(
        setting: String
    ) async throws {
        let rig = try Rig(
            .unixSocket, Self.profile + "grant = client_credentials\n" + setting
        ) { options in
            options.scenarios = options.scenarios.map { scenario in
                var scenario = scenario
                scenario.wantsEndpointAudience = true
                return scenario
            }
        }
        try rig.use(PrivateJWK(try PrivateKey.generate(.p256)))
        let answer = try await rig.token("p")
        #expect(answer.problem == (setting.isEmpty ? "server_refused" : nil))
    }

    @Test func `is refused by nobody but itself where its key makes nothing the server takes`()
        async throws
    {
        let rig = try Rig(.unixSocket, Self.profile + "grant = client_credentials\n") { options in
            options.scenarios = options.scenarios.map { scenario in
                var scenario = scenario
                scenario.signingAlgorithms = ["PS256"]
                return scenario
            }
        }
        try rig.use(PrivateJWK(try PrivateKey.generate(.p256)))
        let refused = try await rig.token("p")
        #expect(refused.problem == "configuration")
        #expect(refused.detail.contains("PS256") && refused.detail.contains("ES256"))
        #expect(rig.playground.log.isEmpty)
    }

    static let faults: [(KeyFault, String)] = [
        (KeyFault.missing, "is not there"), (.readable, "can be read by others"),
        (.linked, "is a symbolic link"), (.encrypted, "passphrase"), (.other, "no private key"),
        (.weak, "fewer than 2048 bits"), (.public, "no private key"),
    ]

    @Test(arguments: faults)
    func `is told which file is wrong and how, before anything is sent`(
        fault: KeyFault, reason: String
    ) async throws {
        let rig = try Rig(.unixSocket, Self.profile)
        try await fault.commit(at: rig.keyFile)
        for answer in [
            try await rig.call("POST", "/profiles/p/login", "{}"),
            try await rig.call("GET", "/profiles/p"),
        ] {
            let words = answer.detail + (try answer.json["last_error"]?.string ?? "")
            #expect(words.contains("client.key") && words.contains(reason), "\(answer.text)")
        }
        let login = try await rig.call("POST", "/profiles/p/login", "{}")
        #expect(login.problem == "configuration")
        let hints = try login.json["hints"]?.elements?.compactMap(\.string) ?? []
        #expect(hints.contains { $0.contains("--client-key-file") })
        #expect(rig.playground.log.isEmpty)
    }

    /// J-6: whoever gets a statement first can use it at the server that it names.
    @Test(arguments: [
        ("token_endpoint", "https://evil.example/x"), ("issuer", "@/strict"),
        ("revocation_endpoint", "https://evil.example/x"),
        ("device_authorization_endpoint", "https://evil.example/x"),
        ("pushed_authorization_request_endpoint", "https://evil.example/x"),
        ("client_id", "another"), ("client_key_file", "another.key"),
    ])
    func `signs for nobody but whom its key was named for`(
        key: String, value: String
    ) async throws {
        let rig = try Rig(.unixSocket, Self.profile + "grant = client_credentials\n")
        try rig.use(PrivateJWK(try PrivateKey.generate(.p256)))
        #expect(try await rig.token("p").status == 200)
        let before = try rig.configuration
        let address = rig.playground.baseURL.origin
        let setting = "\(key) = \(value.replacing("@", with: address))\n"
        let lines = before.split(separator: "\n").filter { !$0.hasPrefix("\(key) =") }
        let file = rig.folder.file("config")
        try PrivateFile.replace(
            file, Secret(utf8: lines.joined(separator: "\n") + "\n" + setting))
        let refused = try await rig.token("p", "?refresh=true")
        #expect(refused.problem == "configuration")
        #expect(refused.detail.contains("the client key of profile p was given for"))
        try PrivateFile.replace(file, Secret(utf8: before))
        #expect(try await rig.token("p", "?refresh=true").status == 200)
    }

    @Test func `signs for another server once its key is named again`() async throws {
        let rig = try Rig(.unixSocket, Self.profile + "grant = client_credentials\n")
        try rig.use(PrivateJWK(try PrivateKey.generate(.p256)))
        #expect(try await rig.token("p").status == 200)
        let issuer = rig.playground.issuer("strict")
        let moved = #"{"settings":{"issuer":["\#(issuer)"]}}"#
        #expect(try await rig.call("PUT", "/profiles/p", moved).status == 200)
        #expect(try await rig.token("p").problem == "configuration")
        let named = #"{"settings":{"client_key_file":["client.key"]}}"#
        #expect(try await rig.call("PUT", "/profiles/p", named).status == 200)
        #expect(try await rig.token("p").status == 200)
        #expect(rig.playground.tokenRequests(of: "strict") == 1)
    }

    @Test func `is set up with the public key to register, and never the private one`() async throws
    {
        let rig = try Rig(.unixSocket, "")
        let key = PrivateJWK(try PrivateKey.generate(.p256), keyID: "k1")
        try PrivateFile.create(rig.keyFile, try key.encoded())
        let issuer = rig.playground.issuer("rfc")
        let body = """
            {"settings":{"issuer":["\(issuer)"],"client_id":["practice-key-jwt"],
             "client_auth":["private_key_jwt"],"client_key_file":["\(rig.keyFile)"]}}
            """
        let made = try await rig.call("PUT", "/profiles/p", body)
        #expect(made.status == 200, "\(made.text)")
        let told = try made.json["instructions"]?.elements?.compactMap(\.string) ?? []
        let line = try #require(told.first { $0.hasPrefix("register this public key: ") })
        let set = try JWKSet(parsing: Secret(utf8: String(line.dropFirst(26))))
        #expect(try set.keys.map(\.thumbprint) == [key.publicJWK().thumbprint])
        #expect(!line.contains(#""d""#))
        // It is copied nowhere.
        #expect(try !rig.configuration.contains("PRIVATE"))
    }

    @Test func `cannot be set up without the file`() async throws {
        let rig = try Rig(.unixSocket, "")
        let made = try await rig.call(
            "PUT", "/profiles/p",
            #"{"settings":{"issuer":["https://id.test"],"client_id":["c"],"client_auth":["private_key_jwt"]}}"#
        )
        #expect(made.problem == "configuration")
        #expect(made.detail.contains("client_key_file"))
    }
}

@Suite struct `A client that signs with its secret` {
    private static let profile =
        "[profile p]\nissuer = @/rfc\nclient_id = practice-secret-jwt\nclient_auth = client_secret_jwt\n"

    @Test func `logs in and renews`() async throws {
        let rig = try Rig(.unixSocket, Self.profile)
        try await rig.give(try #require(PracticeClient.secretJWT.secret), to: "p")
        let done = try await rig.logIn("p")
        #expect(done["state"]?.string == "done", "\(done["error"]?["detail"]?.string ?? "")")
        #expect(try await rig.token("p", "?refresh=true").status == 200)
    }

    @Test func `is refused with another secret, and hears of one that is too short`() async throws {
        let rig = try Rig(.unixSocket, Self.profile + "grant = client_credentials\n")
        try await rig.give("another-secret-of-thirty-two-bytes", to: "p")
        #expect(try await rig.token("p").problem == "server_refused")
        try await rig.give("short", to: "p")
        let refused = try await rig.token("p", "?refresh=true")
        #expect(refused.problem == "configuration")
        #expect(refused.detail.contains("32 bytes"))
    }
}

/// What can be wrong with the file of a key.
enum KeyFault: Sendable {
    case missing, readable, linked, encrypted, other, weak, `public`

    func commit(at path: String) async throws {
        switch self {
        case .missing: break
        case .readable:
            try PrivateFile.create(path, try PrivateJWK(try PrivateKey.generate(.p256)).encoded())
            try #require(unsafe chmod(path, 0o644) == 0)
        case .linked:
            let key = try PrivateJWK(try PrivateKey.generate(.p256)).encoded()
            try PrivateFile.create(path + ".real", key)
            try #require(unsafe symlink(path + ".real", path) == 0)
        case .encrypted:
            try await openssl(
                "genpkey -algorithm ED25519 -aes-256-cbc -pass pass:secret", into: path)
        case .other: try PrivateFile.create(path, Secret(utf8: "no key\n"))
        case .weak: try await openssl("genrsa 1024", into: path)
        case .public:
            let key = JWK(try PrivateKey.generate(.p256).publicKey())
            try PrivateFile.create(path, key.json.encoded())
        }
    }

    private func openssl(_ command: String, into path: String) async throws {
        let made = try await ChildProcess.runAside(
            "openssl", command.split(separator: " ").map(String.init))
        try #require(made.status == 0, "\(made.errors)")
        try PrivateFile.create(path, Secret(utf8: made.output))
    }
}

extension Rig {
    fileprivate var keyFile: String { folder.file("client.key") }

    /// Puts a key where the profile looks for it, and its public half where the server does.
    fileprivate func use(_ key: PrivateJWK) throws {
        try PrivateFile.create(keyFile, try key.encoded())
        register(try key.publicJWK())
    }

    fileprivate func register(_ key: JWK) {
        playground.service.register(JWKSet([key]), of: "practice-key-jwt", at: nil)
    }
}
