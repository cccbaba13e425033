import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameJSON
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `The keys of an issuer` {
    @Test func `are read from jwks_uri when needed, and kept for an hour`() async throws {
        let issuer = try PracticeIssuer()
        let transport = ScriptedTransport { _, _ in PracticeIssuer.document([issuer.jwk]) }
        let (time, client) = (ManualTime(now: now), try openIDClient(transport))
        let keys = IssuerKeys(time: time)
        #expect(transport.requests.isEmpty)
        for _ in 0..<3 { #expect(try await isBelieved(issuer.sign(), keys, client)) }
        #expect(transport.requests.map(\.url.description) == ["https://as.test/keys"])
        #expect(transport.requests[0].method == "GET")
        time.advance(seconds: 3600)
        #expect(try await isBelieved(issuer.sign(), keys, client))
        #expect(transport.requests.count == 2)
    }

    /// «oidcc-client-test-signing-key-rotation» and «…-just-before-signing».
    @Test func `O-12: are read once more when the server signs with a new one`() async throws {
        let (old, new) = (try PracticeIssuer(), try PracticeIssuer(keyID: "k2"))
        let transport = ScriptedTransport { index, _ in
            PracticeIssuer.document([index == 0 ? old.jwk : new.jwk])
        }
        let (keys, client) = (IssuerKeys(time: ManualTime()), try openIDClient(transport))
        #expect(try await isBelieved(old.sign(), keys, client))
        #expect(try await isBelieved(new.sign(), keys, client))
        #expect(transport.requests.count == 2)
    }

    @Test func `O-12: are not read again and again for a name that they do not have`() async throws
    {
        let issuer = try PracticeIssuer()
        let transport = ScriptedTransport { _, _ in PracticeIssuer.document([issuer.jwk]) }
        let (time, client) = (ManualTime(), try openIDClient(transport))
        let keys = IssuerKeys(time: time)
        for _ in 0..<20 { #expect(try await !isBelieved(issuer.sign(keyID: "x"), keys, client)) }
        #expect(transport.requests.count == 2)
        #expect(try await isBelieved(issuer.sign(), keys, client))
        time.advance(seconds: 30)
        for _ in 0..<20 { #expect(try await !isBelieved(issuer.sign(keyID: "x"), keys, client)) }
        #expect(transport.requests.count == 3)
    }

    @Test func `O-12: may share a name, or have decoys beside them`() async throws {
        let (first, second) = (try PracticeIssuer(), try PracticeIssuer())
        let decoy = try PracticeIssuer(.ed25519)
        let transport = ScriptedTransport { _, _ in
            PracticeIssuer.document(
                [first.jwk, second.jwk, decoy.jwk],
                beside: #"{"kty":"oct","k":"c2VjcmV0","kid":"k1"},{"kty":"x"},7"#)
        }
        let (keys, client) = (IssuerKeys(time: ManualTime()), try openIDClient(transport))
        #expect(try await isBelieved(first.sign(), keys, client))
        #expect(try await isBelieved(second.sign(), keys, client))
        #expect(try await !isBelieved(PracticeIssuer().sign(), keys, client))
    }

    @Test(arguments: [
        (#"{"keys":[]}"#, 200, OAuthError.Code.idTokenRefused), (#"{}"#, 200, .badResponse),
        ("<html>", 200, .badResponse), ("", 200, .badResponse), ("{}", 404, .badResponse),
        ("{}", 302, .badResponse), ("busy", 503, .temporary), ("slow", 429, .temporary),
        (
            #"{"keys":[\#(Array(repeating: "{}", count: 101).joined(separator: ","))]}"#, 200,
            .badResponse
        ),
        (
            #"{"keys":[\#(Array(repeating: "{}", count: 10_000).joined(separator: ","))]}"#, 200,
            .badResponse
        ),
        (#"{"keys":"\#(String(repeating: "x", count: 600_000))"}"#, 200, .badResponse),
    ])
    func `T-19: that cannot be had or used believe nothing, and keep the refresh token`(
        body: String, status: Int, code: OAuthError.Code
    ) async throws {
        let issuer = try PracticeIssuer()
        let client = try openIDClient(
            ScriptedTransport { _, _ in .json(body, status: status) })
        let response = try tokens(idToken: try issuer.sign(), refreshToken: "r-2")
        let refused = await failure { () async throws(OAuthError) in
            _ = try await client.identity(
                in: response, expecting: loginExpectation(), keys: IssuerKeys(time: ManualTime()),
                at: now)
        }
        #expect(refused?.code == code)
        #expect(refused?.rotatedRefreshToken?.dangerouslyRevealedText() == "r-2")
    }

    @Test func `O-13: are never those that a token brings or points to itself`() async throws {
        let (issuer, forger) = (try PracticeIssuer(), try PracticeIssuer())
        let transport = ScriptedTransport { _, _ in PracticeIssuer.document([issuer.jwk]) }
        let (keys, client) = (IssuerKeys(time: ManualTime()), try openIDClient(transport))
        let signer = try JWSSigner(forger.key, algorithm: .es256, keyID: "k1")
        for (name, value) in [
            ("jwk", forger.jwk.json), ("jku", "https://evil.test/keys"),
            ("x5u", "https://evil.test/x"), ("crit", .array(["x"])),
        ] as [(String, JSONValue)] {
            let text = try signer.sign(PracticeIssuer.claims(), header: [(name, value)])
            #expect(await !isBelieved(text.dangerouslyRevealedText(), keys, client))
        }
        #expect(transport.requests.allSatisfy { $0.url.description == "https://as.test/keys" })
    }

    @Test func `of one issuer are none of another's`() async throws {
        let (first, second) = (try PracticeIssuer(), try PracticeIssuer())
        let transport = ScriptedTransport { _, request in
            PracticeIssuer.document([request.url.host == "as.test" ? first.jwk : second.jwk])
        }
        let keys = IssuerKeys(time: ManualTime())
        #expect(try await isBelieved(first.sign(), keys, try openIDClient(transport)))
        var other = try server(issuer: "https://other.test")
        other.jwksURI = try url("https://other.test/keys")
        #expect(try await !isBelieved(first.sign(), keys, try client(transport, server: other)))
    }

    private func isBelieved(
        _ text: String, _ keys: IssuerKeys, _ client: OAuthClient
    ) async -> Bool {
        do {
            return try await client.identity(
                in: try tokens(idToken: text), expecting: loginExpectation(), keys: keys, at: now)
                != nil
        } catch { return false }
    }
}
