import SesameBroker
import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameJSON
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

/// Renewals of a login that began with an ID token of `ada`.
@Suite struct `A renewal with an ID token` {
    @Test func `O-11: of the same person succeeds, and the identity stays`() async throws {
        let person = try await Person()
        try person.prepare(sub: "ada")
        #expect(try await person.house.token("person", refresh: true) == "access-new")
        let stored = try await person.stored()
        #expect(stored.refreshToken?.dangerouslyRevealedText() == "refresh-new")
        #expect(stored.identity == Person.ada)
        #expect(person.house.server.requests.map(\.method) == ["POST", "GET"])
    }

    /// Nothing of the answer is ours, its refresh token neither: kept, it would make the login another person's.
    @Test func `T-17: of another person is refused, and the earlier refresh token stays`()
        async throws
    {
        let person = try await Person()
        try person.prepare(sub: "bob")
        let refused = await failure { () async throws(BrokerError) in
            try await person.house.token("person", refresh: true)
        }
        #expect(refused?.code == .serverRefused)
        #expect(refused?.message.contains("another person") == true)
        let stored = try await person.stored()
        #expect(stored.refreshToken?.dangerouslyRevealedText() == "refresh-1")
        #expect(stored.accessToken?.dangerouslyRevealedText() == "access-1")
        // The server may have spent it: then the end of the login says that an answer was lost.
        person.house.server.prepare(
            .answer(
                status: 400, type: "application/json", body: #"{"error":"invalid_grant"}"#))
        let ended = await failure { () async throws(BrokerError) in
            try await person.house.token("person", refresh: true)
        }
        #expect(ended?.code == .loginRequired)
        #expect(ended?.message.contains("lost") == true)
    }

    /// The server has most likely spent the earlier one for it.
    @Test func `T-17: that is wrong in another way is refused, and its refresh token kept`()
        async throws
    {
        let person = try await Person()
        try person.prepare(sub: "ada", lifetime: -600)
        let refused = await failure { () async throws(BrokerError) in
            try await person.house.token("person", refresh: true)
        }
        #expect(refused?.code == .serverRefused)
        let stored = try await person.stored()
        #expect(stored.refreshToken?.dangerouslyRevealedText() == "refresh-new")
        #expect(
            stored.accessToken?.dangerouslyRevealedText() == "access-1", "the new one is unseen")
        #expect(stored.identity == Person.ada)
        let status = try await person.house.broker.status("person")
        #expect(status.lastError == refused?.message)
        try person.prepare(sub: "ada")
        _ = try await person.house.token("person", refresh: true)
        #expect(try await person.house.broker.status("person").lastError == nil)
    }

    @Test func `whose keys cannot be had fails for now, and its refresh token is kept`()
        async throws
    {
        let person = try await Person()
        try person.prepare(sub: "ada", keysStatus: 503)
        let failed = await failure { () async throws(BrokerError) in
            try await person.house.token("person", refresh: true)
        }
        #expect(failed?.code == .temporary)
        let stored = try await person.stored()
        #expect(stored.refreshToken?.dangerouslyRevealedText() == "refresh-new")
        #expect(stored.accessToken?.dangerouslyRevealedText() == "access-1")
    }

    /// As a login that an earlier version, or another program, has made.
    @Test func `gives a login its identity that had none`() async throws {
        let person = try await Person(identity: nil)
        try person.prepare(sub: "bob")
        #expect(try await person.house.token("person", refresh: true) == "access-new")
        #expect(try await person.stored().identity?.subject == "bob")
    }

    @Test func `is not looked at where nobody asked for one`() async throws {
        let person = try await Person(scope: "read")
        try person.prepare(sub: "bob")
        #expect(try await person.house.token("person", refresh: true) == "access-new")
        #expect(person.house.server.requests.count == 1, "no keys are fetched")
        #expect(try await person.stored().identity == Person.ada)
    }

    @Test func `is not looked at where the keys are nowhere to be found`() async throws {
        let person = try await Person(keys: "")
        try person.prepare(sub: "bob")
        #expect(try await person.house.token("person", refresh: true) == "access-new")
        #expect(person.house.server.requests.count == 1)
    }
}

/// A household with somebody who logs in by OpenID Connect.
private struct Person {
    static let ada = Credential.Identity(
        issuer: "https://id.example", subject: "ada", audience: ["cli"])

    let house: Household
    private let key: PrivateKey

    init(
        scope: String = "openid", identity: Credential.Identity? = Person.ada,
        keys: String = "jwks_uri = https://id.example/keys"
    ) async throws {
        key = try PrivateKey.generate(.p256)
        house = try Household(
            """
            [profile person]
            issuer = https://id.example
            authorization_endpoint = https://id.example/authorize
            token_endpoint = https://id.example/token
            client_id = cli
            scope = \(scope)
            \(keys)

            """)
        let now = house.time.now
        var held = Credential(
            accessToken: Secret(utf8: "access-1"), accessExpiresAt: now.adding(seconds: 3600),
            accessReceivedAt: now, refreshToken: Secret(utf8: "refresh-1"), loggedInAt: now,
            tokenEndpoint: "https://id.example/token", clientID: "cli",
            issuer: "https://id.example")
        held.identity = identity
        _ = try await house.store.put(held, for: "person")
    }

    /// The next answers: new tokens with an ID token, and the keys.
    func prepare(sub: String, lifetime: Int64 = 300, keysStatus: Int = 200) throws {
        let now = house.time.now.seconds
        let text = try JWSSigner(key, algorithm: .es256).sign(
            .object([
                ("iss", "https://id.example"), ("sub", .string(sub)), ("aud", "cli"),
                ("exp", .integer(now + lifetime)), ("iat", .integer(now)),
            ])
        ).dangerouslyRevealedText()
        let keys = JSONValue.object([("keys", .array([JWK(try key.publicKey()).json]))])
        house.server.prepare(
            .answer(
                status: 200, type: "application/json",
                body:
                    #"{"access_token":"access-new","token_type":"Bearer","expires_in":3600,"#
                    + #""refresh_token":"refresh-new","id_token":"\#(text)"}"#),
            .answer(
                status: keysStatus, type: "application/json",
                body: keys.encoded().dangerouslyRevealedText()))
    }

    func stored() async throws -> Credential {
        try #require(try await house.store.credential(of: "person")).value
    }
}
