import SesameCrypto
import SesameJOSE
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// RFC 7523, section 3, and RFC 7523bis: the practice server believes what it should and nothing else.
@Suite struct `A client's signed statement` {
    private let practice = Practice()
    private let key: PrivateKey

    init() throws {
        key = try PrivateKey.generate(.p256)
        practice.service.register(
            JWKSet([JWK(try key.publicKey())]), of: "practice-key-jwt", at: "rfc")
    }

    @Test func `is taken, and a second time refused`() async throws {
        let assertion = try assertion()
        #expect(try await answer(to: assertion) == nil)
        #expect(try await answer(to: assertion)?.contains("used before") == true)
        #expect(try await answer(to: try self.assertion()) == nil)
    }

    static let lies: [(String, JSONValue, String)] = [
        ("aud", JSONValue.string(Practice.origin + "/strict"), "aud"),
        ("aud", .array([.string(Practice.origin + "/rfc")]), "aud"),
        ("aud", .string(Practice.origin + "/rfc/token"), "aud"),
        ("aud", .string(Practice.origin + "/rfc/"), "aud"), ("aud", .null, "aud"),
        ("iss", "practice-service", "iss"), ("sub", "practice-service", "iss"),
        ("iss", .null, "iss"), ("sub", .null, "iss"), ("jti", .null, "name"), ("jti", "", "name"),
    ]

    @Test(arguments: lies)
    func `is refused where it says something else`(
        name: String, value: JSONValue, reason: String
    ) async throws {
        #expect(try await answer(to: try assertion([name: value]))?.contains(reason) == true)
    }

    @Test(arguments: [("exp", 0), ("exp", -1), ("exp", 3600), ("iat", 60)])
    func `is refused outside of its time`(name: String, offset: Int64) async throws {
        let time = JSONValue.integer(practice.time.now.seconds + offset)
        #expect(try await answer(to: try assertion([name: time])) != nil)
    }

    @Test func `is refused where another key has signed it`() async throws {
        let other = try PrivateKey.generate(.p256)
        #expect(try await answer(to: try assertion(with: other))?.contains("signature") == true)
    }

    @Test func `is refused where it is of another type`() async throws {
        #expect(try await answer(to: try assertion(type: "dpop+jwt"))?.contains("typ") == true)
    }

    @Test func `is refused beside another way of authentication`() async throws {
        let refused = try await answer(to: try assertion(), also: [("client_secret", "x")])
        #expect(refused?.contains("more than one") == true)
    }

    @Test func `is refused in the name of another client`() async throws {
        let refused = try await answer(to: try assertion(), as: "practice-service")
        #expect(refused?.contains("signature") == true)
    }

    private func assertion(
        _ changes: [String: JSONValue] = [:], type: String = "client-authentication+jwt",
        with other: PrivateKey? = nil
    ) throws -> Secret {
        let now = practice.time.now.seconds
        let name = SystemRandom().bytes(16).withBytes { Base64URL.encode($0) }
        let claims: [(String, JSONValue)] = [
            ("iss", "practice-key-jwt"), ("sub", "practice-key-jwt"),
            ("aud", .string(Practice.origin + "/rfc")), ("jti", .string(name)),
            ("iat", .integer(now)), ("exp", .integer(now + 60)),
        ]
        return try JWSSigner(other ?? key, algorithm: .es256).sign(
            .object(claims.map { ($0.0, changes[$0.0] ?? $0.1) }), type: type)
    }

    /// What the server says against it; `nil` where it gives a token.
    private func answer(
        to assertion: Secret, as client: String = "practice-key-jwt",
        also more: [(String, String?)] = []
    ) async throws -> String? {
        let response = await practice.post(
            "/rfc/token",
            [
                ("grant_type", "client_credentials"), ("client_id", client),
                (
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
                ),
                ("client_assertion", assertion.dangerouslyRevealedText()),
            ] + more)
        return try response.json()["error_description"]?.string
    }
}
