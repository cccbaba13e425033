import SesameCrypto
import SesameJOSE
import SesameJSON
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `An ID token` {
    @Test(arguments: [KeyKind.p256, .ed25519])
    func `of the issuer, for this client and this login is believed`(kind: KeyKind) async throws {
        let issuer = try PracticeIssuer(kind)
        let identity = try #require(
            try await check(
                try issuer.sign(PracticeIssuer.claims([("auth_time", .integer(1_789_999_000))])),
                of: issuer))
        #expect(
            identity
                == Identity(
                    issuer: "https://as.test", subject: "ada", audience: ["cli"],
                    authenticatedAt: 1_789_999_000))
    }

    @Test(
        arguments: [
            ("O-1", "iss", "https://evil.test"), ("O-1", "iss", nil),
            ("O-1", "iss", "https://as.test/"), ("O-1", "iss", .integer(1)),
            ("O-2", "aud", "other"), ("O-2", "aud", nil), ("O-2", "aud", .array([])),
            ("O-2", "aud", .array(["cli", "other"])), ("O-2", "aud", .array(["cli", .integer(1)])),
            ("O-2", "azp", "other"), ("O-2", "azp", .integer(1)),
            ("O-4", "exp", nil), ("O-4", "exp", .integer(now.seconds - 60)), ("O-4", "exp", "soon"),
            ("O-4", "exp", .number("1e300")), ("O-4", "exp", .integer(.min)),
            ("O-5", "iat", nil), ("O-5", "iat", .integer(now.seconds - 7 * 86_400)),
            ("O-5", "iat", .integer(now.seconds + 3600)), ("O-5", "iat", .integer(.max)),
            ("O-6", "nonce", nil), ("O-6", "nonce", "n-2"), ("O-6", "nonce", .array(["n-1"])),
            ("O-8", "at_hash", "77QmUPtjPfzWtF2AnpK9RQ"), ("O-8", "at_hash", .integer(7)),
            ("O-9", "sub", nil), ("O-9", "sub", ""), ("O-9", "sub", .integer(7)),
            ("O-9", "sub", .string(String(repeating: "s", count: 1021))),
        ] as [(String, String, JSONValue?)])
    func `is refused where a claim is wrong`(
        row: String, name: String, value: JSONValue?
    ) async throws {
        let issuer = try PracticeIssuer()
        let text = try issuer.sign(PracticeIssuer.claims([(name, value)]))
        #expect(await refusal(text, of: issuer)?.code == .idTokenRefused, "\(row): \(name)")
    }

    @Test(
        arguments: [
            [("aud", .array(["cli"]))], [("azp", "cli")], [("exp", .number("1790000300.5"))],
            [("exp", .integer(now.seconds - 59))], [("iat", .integer(now.seconds - 590))],
            [("aud", .array(["cli", "friend"])), ("azp", "cli")],
            [("at_hash", nil)], [("unknown", .object([]))],
        ] as [[(String, JSONValue?)]])
    func `may differ in what is allowed to`(changes: [(String, JSONValue?)]) async throws {
        let issuer = try PracticeIssuer()
        var expected = loginExpectation()
        expected.trustedAudiences = ["friend"]
        let text = try issuer.sign(PracticeIssuer.claims(changes))
        #expect(try await check(text, of: issuer, expected) != nil)
    }

    @Test func `O-2: for a trusted audience still has to say whom it was made for`() async throws {
        let issuer = try PracticeIssuer()
        var expected = loginExpectation()
        expected.trustedAudiences = ["friend"]
        let text = try issuer.sign(PracticeIssuer.claims([("aud", .array(["cli", "friend"]))]))
        #expect(await refusal(text, of: issuer, expected)?.message.contains("azp") == true)
    }

    /// The vectors are those of OpenID Connect Core 1.0, appendix A.
    @Test func `O-8: binds access token and code by half a digest`() async throws {
        let issuer = try PracticeIssuer()
        let right: [(String, JSONValue?)] = [
            ("at_hash", "77QmUPtjPfzWtF2AnpK9RQ"), ("c_hash", "LDktKdoQak3Pk0cnXxCltA"),
        ]
        var expected = loginExpectation()
        expected.code = Secret(
            utf8: "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk")
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
        func outcome(_ claims: JSONValue) async throws -> OAuthError.Code? {
            let response = try parse(
                .json(
                    #"{"access_token":"\#(token)","token_type":"Bearer","id_token":"\#(try issuer.sign(claims))"}"#
                ))
            let client = try openIDClient(
                ScriptedTransport([.answer(PracticeIssuer.document([issuer.jwk]))]))
            return await failure { () async throws(OAuthError) in
                _ = try await client.identity(
                    in: response, expecting: expected, keys: IssuerKeys(), at: now)
            }?.code
        }
        #expect(try await outcome(PracticeIssuer.claims(right)) == nil)
        let swapped: [(String, JSONValue?)] = [("c_hash", "77QmUPtjPfzWtF2AnpK9RQ")]
        #expect(try await outcome(PracticeIssuer.claims(right + swapped)) == .idTokenRefused)
    }

    @Test(
        arguments: [
            (100, nil, false), (100, 50, true), (100, 160, true), (100, 161, false), (0, 0, true),
            (Int64.max, 400_000_000, false),
        ] as [(Int64, Int64?, Bool)])
    func `O-7: says when the person logged in, where max_age asks for it`(
        maximumAge: Int64, age: Int64?, isBelieved: Bool
    ) async throws {
        let issuer = try PracticeIssuer()
        var expected = loginExpectation()
        expected.maximumAge = maximumAge
        let time = age.map { JSONValue.integer(now.seconds - $0) }
        let text = try issuer.sign(PracticeIssuer.claims([("auth_time", time)]))
        #expect(await (refusal(text, of: issuer, expected) == nil) == isBelieved)
    }

    @Test(arguments: [(nil, false), ("weak", false), ("strong", true)] as [(JSONValue?, Bool)])
    func `O-7: says how the person logged in, where acr_values ask for it`(
        context: JSONValue?, isBelieved: Bool
    ) async throws {
        let issuer = try PracticeIssuer()
        var expected = loginExpectation()
        expected.contexts = ["strong", "stronger"]
        let text = try issuer.sign(PracticeIssuer.claims([("acr", context)]))
        #expect(await (refusal(text, of: issuer, expected) == nil) == isBelieved)
    }

    @Test func `I-7: of ten million dots, of half a megabyte, or of no text at all is refused`()
        async throws
    {
        let issuer = try PracticeIssuer()
        let long = try issuer.sign(
            PracticeIssuer.claims([("x", .string(String(repeating: "x", count: 70_000)))]))
        for text in [String(repeating: ".", count: 500_000), "a.b", "..", "", long] {
            #expect(await refusal(text, of: issuer)?.code == .idTokenRefused)
        }
        let number = try parse(answer(#""id_token":7"#))
        let client = try openIDClient(ScriptedTransport([]))
        let refused = await failure { () async throws(OAuthError) in
            _ = try await client.identity(
                in: number, expecting: loginExpectation(), keys: IssuerKeys(), at: now)
        }
        #expect(refused?.code == .idTokenRefused)
        let dots = String(repeating: ".", count: 10_000_000)
        #expect(throws: OAuthError.self) { try parse(answer(#""id_token":"\#(dots)""#)) }
    }

    @Test func `has to be there where it was asked for`() async throws {
        let client = try openIDClient(ScriptedTransport([]))
        var expected = loginExpectation()
        let response = try tokens(idToken: nil)
        let refused = await failure { () async throws(OAuthError) in
            _ = try await client.identity(
                in: response, expecting: expected, keys: IssuerKeys(), at: now)
        }
        #expect(refused?.code == .idTokenRefused)
        expected.isRequired = false
        #expect(
            try await client.identity(
                in: response, expecting: expected, keys: IssuerKeys(), at: now) == nil)
    }

    @Test func `is not looked at where the server does not say where its keys are`() async throws {
        let transport = ScriptedTransport([])
        let identity = try await client(transport).identity(
            in: try tokens(idToken: "nonsense"), expecting: loginExpectation(), keys: IssuerKeys(),
            at: now)
        #expect(identity == nil)
        #expect(transport.requests.isEmpty)
    }

    @Test(
        arguments: [
            ("sub", "bob", false), ("azp", "cli", true),
            ("auth_time", .integer(now.seconds - 5), true), ("exp", .integer(1), true),
        ] as [(String, JSONValue?, Bool)])
    func `O-11, T-17: of a renewal that differs is refused, with another's refresh token`(
        name: String, value: JSONValue?, keepsRefreshToken: Bool
    ) async throws {
        let issuer = try PracticeIssuer()
        var expected = IDTokenExpectation(clientID: "cli")
        expected.earlier = Identity(
            issuer: "https://as.test", subject: "ada", audience: ["cli"],
            authenticatedAt: now.seconds - 9)
        let text = try issuer.sign(PracticeIssuer.claims([(name, value), ("nonce", nil)]))
        let refused = await refusal(text, of: issuer, expected)
        #expect(refused?.code == .idTokenRefused)
        #expect(refused?.mayHaveBeenSent == true)
        #expect((refused?.rotatedRefreshToken != nil) == keepsRefreshToken)
        let right = try issuer.sign(
            PracticeIssuer.claims([
                ("auth_time", .integer(now.seconds - 9)), ("nonce", nil),
            ]))
        #expect(try await check(right, of: issuer, expected) != nil)
    }

    @Test(arguments: [["ES384", "HS256"], ["RS256"]])
    func `O-3: is refused when its algorithm is none of those that the server announces`(
        announced: [String]
    ) async throws {
        let issuer = try PracticeIssuer()
        #expect(
            await refusal(try issuer.sign(), of: issuer, algorithms: announced)?.code
                == .idTokenRefused)
    }

    private func check(
        _ text: String, of issuer: PracticeIssuer,
        _ expected: IDTokenExpectation = loginExpectation(), algorithms: [String]? = nil
    ) async throws -> Identity? {
        let transport = ScriptedTransport { _, _ in PracticeIssuer.document([issuer.jwk]) }
        return try await openIDClient(transport, algorithms: algorithms).identity(
            in: try tokens(idToken: text, refreshToken: "r-2"), expecting: expected,
            keys: IssuerKeys(), at: now)
    }

    private func refusal(
        _ text: String, of issuer: PracticeIssuer,
        _ expected: IDTokenExpectation = loginExpectation(), algorithms: [String]? = nil
    ) async -> OAuthError? {
        do {
            _ = try await check(text, of: issuer, expected, algorithms: algorithms)
            return nil
        } catch { return error as? OAuthError }
    }
}
