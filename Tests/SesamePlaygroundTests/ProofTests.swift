import SesameCrypto
import SesameHTTP
import SesameHTTPServer
import SesameJOSE
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// RFC 9449, and what the conformance suite of OpenID asserts of each proof: the practice server takes what it
/// should and nothing else.
@Suite struct `A client's proof of its key` {
    private let practice = Practice()
    private let key: PrivateKey

    init() throws { key = try PrivateKey.generate(.p256) }

    @Test func `gives tokens that are bound, and is good for once (DP-4)`() async throws {
        let proof = try proof()
        let first = try await token(proof).json()
        #expect(first["token_type"]?.string == "DPoP")
        #expect(try await token(proof).json()["error"]?.string == "invalid_dpop_proof")
        #expect(try await token(nil).json()["error"]?.string == "invalid_dpop_proof")
    }

    static let lies: [(String, JSONValue)] = [
        ("htm", "GET"), ("htm", "post"), ("htm", .null), ("htu", .null),
        ("htu", .string(Practice.origin + "/dpop/token?a=b")),
        ("htu", .string(Practice.origin + "/dpop/token/")),
        ("htu", .string(Practice.origin + "/dpop-nonce/token")), ("jti", .null), ("jti", ""),
        ("jti", "short"), ("iat", .null), ("iat", "now"), ("ath", "x"),
    ]

    @Test(arguments: lies)
    func `DP-2: is refused where it says something else`(
        name: String, value: JSONValue
    ) async throws {
        let answer = try await token(try proof([name: value])).json()
        #expect(answer["error"]?.string == "invalid_dpop_proof")
    }

    @Test(arguments: [("iat", 1), ("iat", -301), ("exp", 0), ("exp", 60 * 365 * 86_400)])
    func `DP-12: is refused outside of its time`(name: String, offset: Int64) async throws {
        let time = JSONValue.integer(practice.time.now.seconds + offset)
        #expect(try await token(try proof([name: time])).status == 400)
    }

    @Test func `DP-12: is taken for five minutes, and with an end`() async throws {
        let now = practice.time.now.seconds
        #expect(try await token(try proof(["iat": .integer(now - 300)])).status == 200)
        #expect(try await token(try proof(["exp": .integer(now + 60)])).status == 200)
    }

    @Test func `DP-1: is refused with another header`() async throws {
        let public1 = JWK(try key.publicKey()).members
        let parts = try PrivateJWK(key).encoded()
        let whole = try JSON(parsing: parts).members?.map { ($0.name, JSONValue($0.value)) } ?? []
        let other = JWK(try PrivateKey.generate(.p256).publicKey()).members
        let headers: [(String?, [(String, JSONValue)])] = [
            ("JWT", [("jwk", .object(public1))]), (nil, [("jwk", .object(public1))]),
            ("dpop+jwt", []), ("dpop+jwt", [("jwk", .object(whole))]),
            ("dpop+jwt", [("jwk", .object(other))]), ("dpop+jwt", [("jwk", "x")]),
        ]
        for (type, header) in headers {
            let signer = try JWSSigner(key, algorithm: .es256)
            let proof = try signer.sign(
                .object(claims([:])), type: type, header: header)
            #expect(try await token(proof).json()["error"]?.string == "invalid_dpop_proof")
        }
        let secret = try JWSSigner(secret: Secret(utf8: String(repeating: "k", count: 32))).sign(
            .object(claims([:])), type: "dpop+jwt", header: [("jwk", .object(public1))])
        #expect(try await token(secret).status == 400)
        let twice = try proof().dangerouslyRevealedText()
        let answer = await practice.post(
            "/dpop/token", Self.form, [Self.basic, ("DPoP", twice), ("DPoP", twice)])
        #expect(answer.status == 400)
    }

    @Test func `DP-3: is wanted with the hash of the token at the API`() async throws {
        let text = try await token(try proof()).json()["access_token"]?.string ?? ""
        let hash = SHA256.digest(Array(text.utf8).span).withBytes { Base64URL.encode($0) }
        let right = try proof(["ath": .string(hash)], "GET", "/dpop/api/me")
        #expect(await api(text, right).status == 200)
        #expect(await api(text, right).status == 401, "DP-4: once")
        for wrong in [
            try proof([:], "GET", "/dpop/api/me"),
            try proof(["ath": "x"], "GET", "/dpop/api/me"),
            try proof(["ath": .string(hash)], "GET", "/dpop/api/other"),
            try proof(["ath": .string(hash)], "GET", "/dpop/api/me", PrivateKey.generate(.p256)),
        ] {
            let refused = await api(text, wrong)
            #expect(refused.status == 401)
            #expect(refused.fields["WWW-Authenticate"]?.hasPrefix("DPoP ") == true)
        }
        let bare = await practice.send(
            "GET", "/dpop/api/me", [("Authorization", "Bearer " + text)])
        #expect(bare.status == 401, "DP-5")
    }

    @Test func `DP-7: has the newest nonce in it, or the one before`() async throws {
        let first = try await token(try proof([:], "POST", "/dpop-nonce/token"), at: "dpop-nonce")
        #expect(try first.json()["error"]?.string == "use_dpop_nonce")
        var nonces = [try #require(first.fields["DPoP-Nonce"])]
        for _ in 0..<3 {
            let answer = try await token(
                try proof(
                    ["nonce": .string(nonces[nonces.count - 1])], "POST", "/dpop-nonce/token"),
                at: "dpop-nonce")
            #expect(answer.status == 200)
            nonces.append(try #require(answer.fields["DPoP-Nonce"]))
        }
        #expect(Set(nonces).count == 4)
        for (nonce, status) in [(nonces[2], 200), (nonces[1], 400), ("x", 400)] {
            let proof = try proof(["nonce": .string(nonce)], "POST", "/dpop-nonce/token")
            #expect(try await token(proof, at: "dpop-nonce").status == status)
        }
    }

    @Test func `is announced with its algorithms`() async throws {
        let path = "/dpop/.well-known/openid-configuration"
        let metadata = try await practice.send("GET", path).json()
        let names = metadata["dpop_signing_alg_values_supported"]?.elements?.compactMap(\.string)
        #expect(names == ["ES256", "Ed25519", "EdDSA"])
    }

    private static let basic = (
        "Authorization", "Basic cHJhY3RpY2Utc2VydmljZTpwcmFjdGljZS1zZWNyZXQ="
    )
    private static let form: [(String, String?)] = [("grant_type", "client_credentials")]

    private func claims(
        _ changes: [String: JSONValue], _ method: String = "POST", _ path: String = "/dpop/token"
    ) -> [(String, JSONValue)] {
        let name = SystemRandom().bytes(16).withBytes { Base64URL.encode($0) }
        let usual: [(String, JSONValue)] = [
            ("jti", .string(name)), ("htm", .string(method)),
            ("htu", .string(Practice.origin + path)),
            ("iat", .integer(practice.time.now.seconds)),
        ]
        let more = changes.filter { change in !usual.contains { $0.0 == change.key } }
        return usual.map { ($0.0, changes[$0.0] ?? $0.1) } + more.map { ($0.key, $0.value) }
    }

    private func proof(
        _ changes: [String: JSONValue] = [:], _ method: String = "POST",
        _ path: String = "/dpop/token", _ other: PrivateKey? = nil
    ) throws -> Secret {
        let key = other ?? self.key
        return try JWSSigner(key, algorithm: .es256).sign(
            .object(claims(changes, method, path)), type: "dpop+jwt",
            header: [("jwk", .object(JWK(try key.publicKey()).members))])
    }

    private func token(_ proof: Secret?, at issuer: String = "dpop") async throws -> ServerResponse
    {
        let field = proof.map { [("DPoP", $0.dangerouslyRevealedText())] } ?? []
        return await practice.post("/\(issuer)/token", Self.form, [Self.basic] + field)
    }

    private func api(_ token: String, _ proof: Secret) async -> ServerResponse {
        await practice.send(
            "GET", "/dpop/api/me",
            [("Authorization", "DPoP " + token), ("DPoP", proof.dangerouslyRevealedText())])
    }
}
