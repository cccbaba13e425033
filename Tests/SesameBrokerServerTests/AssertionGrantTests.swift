import Glibc
import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

/// J-7: service accounts, whose signed statement is the grant.
@Suite struct `A profile with the grant jwt_bearer` {
    private static let profile = """
        [profile p]
        issuer = @/rfc
        client_id = practice-key-jwt
        grant = jwt_bearer
        client_key_file = client.key
        scope = read

        """

    private func rig(
        _ more: String = "", _ change: (inout PlaygroundOptions) -> Void = { _ in }
    ) throws -> Rig {
        let rig = try Rig(.unixSocket, Self.profile + more, change)
        let key = PrivateJWK(try PrivateKey.generate(.p256), keyID: "k1")
        try PrivateFile.create(rig.folder.file("client.key"), try key.encoded())
        rig.playground.service.register(
            JWKSet([try key.publicJWK()]), of: "practice-key-jwt", at: nil)
        return rig
    }

    @Test(arguments: ["", "assertion_audience = issuer\n", "client_auth = private_key_jwt\n"])
    func `gets tokens without a person, and again when they are renewed`(
        setting: String
    ) async throws {
        let rig = try rig(setting)
        let token = try await rig.token("p")
        #expect(token.status == 200, "\(token.text)")
        #expect(try token.json["scope"]?.string == "read")
        #expect(try await rig.token("p", "?refresh=true").status == 200)
        let login = try await rig.call("POST", "/profiles/p/login", "{}")
        #expect(try login.json["state"]?.string == "done", "\(login.text)")
        #expect(try await rig.call("GET", "/profiles/p").json["state"]?.string == "ready")
    }

    @Test func `asks for somebody else where the profile says so`() async throws {
        let rig = try rig("subject = ada\n")
        #expect(try await rig.token("p").status == 200)
        let other = try self.rig("subject = nobody\n")
        let refused = try await other.token("p")
        #expect(refused.problem == "server_refused")
        #expect(refused.detail.contains("does not accept the assertion"), "\(refused.detail)")
    }

    @Test func `uses a refresh token that it was given, and goes on without`() async throws {
        let rig = try rig("client_auth = private_key_jwt\n") { options in
            options.scenarios = options.scenarios.map { scenario in
                var scenario = scenario
                scenario.givesRefreshTokensForAssertions = true
                return scenario
            }
        }
        #expect(try await rig.token("p").status == 200)
        let first = try await rig.store.credential(of: "p")?.value.refreshToken
        #expect(first != nil)
        #expect(try await rig.token("p", "?refresh=true").status == 200)
        let second = try #require(try await rig.store.credential(of: "p")?.value)
        #expect(second.refreshToken?.equals(try #require(first)) == false)
        // It is spent by somebody else: the grant is repeated, and nobody has to log in.
        var broken = second
        broken.refreshToken = Secret(utf8: "spent")
        _ = try await rig.store.put(broken, for: "p")
        #expect(try await rig.token("p", "?refresh=true").status == 200)
        let third = try await rig.store.credential(of: "p")?.value
        #expect(third?.ended == nil)
        #expect(third?.refreshToken?.equals(Secret(utf8: "spent")) == false)
    }

    /// What was given for one is no token of another, and its refresh token is not presented for him.
    @Test func `begins anew when the profile asks for somebody else`() async throws {
        let rig = try rig("client_auth = private_key_jwt\n") { options in
            options.scenarios = options.scenarios.map { scenario in
                var scenario = scenario
                scenario.givesRefreshTokensForAssertions = true
                return scenario
            }
        }
        let own = try await rig.token("p").json["access_token"]?.string
        let body = #"{"settings":{"subject":["ada"]}}"#
        #expect(try await rig.call("PUT", "/profiles/p", body).status == 200)
        let hers = try await rig.token("p").json["access_token"]?.string
        #expect(own != nil && hers != nil && own != hers)
    }

    @Test func `takes an assertion that another program renews, by a link as Kubernetes has it`()
        async throws
    {
        let rig = try rig("")
        let key = PrivateJWK(try PrivateKey.generate(.ed25519))
        rig.playground.service.register(
            JWKSet([try key.publicJWK()]), of: "practice-key-jwt", at: nil)
        let text = try rig.configuration.replacing(
            "client_key_file = client.key", with: "assertion_file = token")
        try PrivateFile.replace(rig.folder.file("config"), Secret(utf8: text))
        for number in 1...2 {
            let now = SystemTime().now
            let claims = JSONValue.object([
                ("iss", "practice-key-jwt"), ("sub", "practice-key-jwt"),
                ("aud", .string("\(rig.playground.issuer("rfc"))")), ("jti", .string("n\(number)")),
                ("exp", .integer(now.adding(seconds: 600).seconds)),
            ])
            let signer = try JWSSigner(key.privateKey, algorithm: .edDSA, keyID: nil)
            let file = rig.folder.file("..\(number)")
            try PrivateFile.create(
                file,
                Secret(
                    utf8: try signer.sign(claims, type: "JWT").dangerouslyRevealedText() + "\n"))
            unsafe unlink(rig.folder.file("token"))
            try #require(unsafe symlink(file, rig.folder.file("token")) == 0)
            #expect(try await rig.token("p", "?refresh=true").status == 200)
        }
        // The same one once more is refused, which ends nothing.
        #expect(try await rig.token("p", "?refresh=true").problem == "server_refused")
        try #require(unsafe chmod(rig.folder.file("..2"), 0o644) == 0)
        let refused = try await rig.token("p", "?refresh=true")
        #expect(refused.problem == "configuration")
        #expect(refused.detail.contains("can be read by others"))
        #expect(rig.playground.tokenRequests(of: "rfc") == 3)
    }

    @Test func `cannot be set up without something to give`() async throws {
        let rig = try Rig(.unixSocket, "")
        let made = try await rig.call(
            "PUT", "/profiles/p",
            #"{"settings":{"issuer":["https://id.test"],"client_id":["c"],"grant":["jwt_bearer"]}}"#
        )
        #expect(made.problem == "configuration")
        #expect(made.detail.contains("client_key_file"))
    }
}

/// X-1: one token for another.
@Suite struct `A profile with the grant token_exchange` {
    private static let profiles = """
        [profile giving]
        issuer = @/rfc
        client_id = practice-confidential
        base_url = @/rfc/api

        [profile p]
        issuer = @/rfc
        client_id = practice-service
        grant = token_exchange
        subject_profile = giving

        """

    private func rig(_ text: String = profiles) async throws -> Rig {
        let rig = try Rig(.unixSocket, text)
        try await rig.give("practice-secret", to: "giving")
        try await rig.give("practice-secret", to: "p")
        return rig
    }

    @Test func `gives away the token of another profile`() async throws {
        let rig = try await rig()
        let early = try await rig.token("p")
        #expect(early.problem == "login_required", "\(early.text)")
        try await rig.logIn("giving")
        let token = try await rig.token("p")
        #expect(token.status == 200, "\(token.text)")
        let given = try await rig.token("giving").json["access_token"]?.string
        #expect(try token.json["access_token"]?.string != given)
        #expect(try await rig.token("p", "?refresh=true").status == 200)
        #expect(try await rig.call("GET", "/profiles/p").json["state"]?.string == "ready")
    }

    @Test func `gives it to no server that the other profile does not allow`() async throws {
        let rig = try await rig(
            Self.profiles.replacing(
                "@/rfc\nclient_id = practice-service",
                with: "@/strict\nclient_id = practice-service"))
        try await rig.logIn("giving")
        let refused = try await rig.token("p")
        #expect(refused.problem == "destination_refused", "\(refused.text)")
        #expect(rig.playground.tokenRequests(of: "strict") == 0)
    }

    @Test func `takes its tokens from files, each with its type`() async throws {
        let rig = try await rig()
        try await rig.logIn("giving")
        let given = try #require(try await rig.token("giving").json["access_token"]?.string)
        for name in ["subject", "actor"] {
            try PrivateFile.create(rig.folder.file(name), Secret(utf8: given + "\n"))
        }
        let text = try rig.configuration.replacing(
            "subject_profile = giving",
            with: "subject_token_file = subject\nsubject_token_type = access_token\n"
                + "actor_token_file = actor\nactor_token_type = access_token\nscope = read\n"
                + "requested_token_type = access_token")
        try PrivateFile.replace(rig.folder.file("config"), Secret(utf8: text))
        let named = #"{"settings":{"subject_token_file":["subject"]}}"#
        #expect(try await rig.call("PUT", "/profiles/p", named).status == 200)
        let token = try await rig.token("p")
        #expect(token.status == 200, "\(token.text)")
        #expect(try token.json["scope"]?.string == "read")
    }

    /// RFC 8693, section 2.1: the type goes with the token only.
    @Test(arguments: [
        ("subject_profile = giving\nactor_token_type = jwt", "actor_token_type"),
        ("subject_profile = giving\nsubject_token_file = f", "both"),
        ("scope = read", "subject_token_file"),
    ])
    func `is refused where it says too much or too little`(
        setting: String, reason: String
    ) async throws {
        let rig = try Rig(
            .unixSocket, Self.profiles.replacing("subject_profile = giving", with: setting))
        let refused = try await rig.token("p")
        #expect(refused.problem == "configuration")
        #expect(refused.detail.contains(reason), "\(refused.detail)")
    }

    @Test func `does not wait for itself`() async throws {
        let rig = try await rig(
            Self.profiles + """
                [profile q]
                issuer = @/rfc
                client_id = practice-service
                grant = token_exchange
                subject_profile = r

                [profile r]
                issuer = @/rfc
                client_id = practice-service
                grant = token_exchange
                subject_profile = q

                """)
        try await rig.give("practice-secret", to: "q")
        let refused = try await rig.token("q")
        #expect(refused.problem == "configuration")
        #expect(refused.detail.contains("q -> r -> q"), "\(refused.detail)")
    }
}
