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

/// RFC 9101, sections 4 to 6: the practice server believes what it should and nothing else.
@Suite struct `A signed authorization request that is received` {
    private let practice = Practice()
    private let key: PrivateKey

    init() throws {
        key = try PrivateKey.generate(.p256)
        practice.service.register(
            JWKSet([JWK(try key.publicKey())]), of: "practice-key-jwt", at: nil)
    }

    @Test(arguments: ["jar", "rfc"])
    func `says what counts`(issuer: String) async throws {
        let target = try target(issuer, object: object(issuer))
        let page = await practice.send("GET", target)
        #expect(page.status == 200 && page.text.contains("<code>read</code>"))
        #expect(try await practice.decide(target).callback("state") == "s1")
    }

    @Test func `is the only kind that one server takes`() async throws {
        let plain = practice.authorizeTarget("jar", client: "practice-key-jwt")
        #expect(await practice.send("GET", plain).status == 400)
    }

    static let lies: [(String, JSONValue?)] = [
        ("iss", "practice-public"), ("iss", nil), ("aud", .string(Practice.origin + "/strict")),
        ("aud", nil), ("aud", .array([.string(Practice.origin + "/jar")])),
        ("client_id", "practice-public"), ("client_id", nil), ("sub", "practice-key-jwt"),
        ("request", "x"), ("request_uri", "urn:x"), ("exp", nil), ("nbf", nil),
    ]

    @Test(arguments: lies)
    func `is refused where it says something else`(name: String, value: JSONValue?) async throws {
        let target = try target("jar", object: object("jar", [name: value]))
        #expect(await practice.send("GET", target).status == 400)
    }

    @Test(arguments: [("exp", 0), ("exp", 7200), ("nbf", 60)])
    func `is refused outside of its time`(name: String, offset: Int64) async throws {
        let time = JSONValue.integer(practice.time.now.seconds + offset)
        let target = try target("jar", object: object("jar", [name: time]))
        #expect(await practice.send("GET", target).status == 400)
    }

    @Test func `is refused with another signature, another type, or something beside it`()
        async throws
    {
        let other = try PrivateKey.generate(.p256)
        let targets = [
            try target("jar", object: object("jar", with: other)),
            try target("jar", object: object("jar", type: "JWT")),
            try target("jar", object: object("jar")) + "&state=s1",
            try target("jar", object: object("jar")) + "&scope=write",
            try target("jar", object: Secret(utf8: "x.y.z")),
        ]
        for target in targets { #expect(await practice.send("GET", target).status == 400) }
        let fine = try target("jar", object: object("jar")) + "&scope=read&response_type=code"
        #expect(await practice.send("GET", fine).status == 200)
    }

    private func target(_ issuer: String, object: Secret) throws -> String {
        "/\(issuer)/authorize?client_id=practice-key-jwt&request="
            + object.dangerouslyRevealedText()
    }

    private func object(
        _ issuer: String, _ changes: [String: JSONValue?] = [:],
        type: String = "oauth-authz-req+jwt", with other: PrivateKey? = nil
    ) throws -> Secret {
        let now = practice.time.now.seconds
        var claims: [String: JSONValue] = [
            "iss": "practice-key-jwt", "client_id": "practice-key-jwt",
            "aud": .string(Practice.origin + "/" + issuer), "nbf": .integer(now),
            "exp": .integer(now + 300), "response_type": "code", "scope": "read",
            "redirect_uri": .string(Practice.loopback), "state": "s1",
            "code_challenge": .string(String(repeating: "a", count: 43)),
            "code_challenge_method": "S256",
        ]
        for (name, value) in changes { claims[name] = value }
        return try JWSSigner(other ?? key, algorithm: .es256).sign(
            .object(claims.map { ($0.key, $0.value) }), type: type)
    }
}
