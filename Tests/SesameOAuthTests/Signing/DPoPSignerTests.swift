import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// RFC 9449, sections 7 and 9.
@Suite struct `A request with a token that is bound to a key` {
    private func signing(
        _ inner: ScriptedTransport, _ prover: DPoPProver, _ tokens: any TokenSource = Bound()
    ) throws -> SigningTransport {
        SigningTransport(
            inner, tokens: tokens, signer: DPoPSigner(prover),
            destinations: Destinations([try url("https://api.test/v1")]), time: ManualTime())
    }

    private func challenge(_ text: String, _ fields: [(String, String)] = []) -> HTTPResponse {
        answer("", status: 401, [("WWW-Authenticate", text)] + fields)
    }

    @Test func `DP-3, DP-9: carries both, and the proof is of this very request`() async throws {
        let inner = ScriptedTransport { _, _ in .json("{}") }
        var request = HTTPRequest("PATCH", try url("https://api.test/v1/me?a=b"))
        request.body = Secret(utf8: "x")
        _ = try await signing(inner, try prover()).send(request)
        let sent = inner.requests[0]
        #expect(sent.revealed("Authorization") == "DPoP token-0")
        let proof = try ReceivedProof(sent)
        #expect(proof["htm"] == "PATCH")
        #expect(proof["htu"] == "https://api.test/v1/me")
        #expect(proof["ath"] == "bALPIINGnnJ1iji-C3xuq-m8WFgHdNr2ss9LbqFGlyI")
    }

    @Test(arguments: ["DPoP", "dpop", "DPOP", "dPoP"])
    func `DP-7, DP-9: is sent again with the nonce (rs-dpop-auth-scheme-case-insensitivity)`(
        scheme: String
    ) async throws {
        let prover = try prover()
        let inner = ScriptedTransport([
            .answer(
                challenge(
                    #"Bearer realm="x", \#(scheme) error="use_dpop_nonce", algs="ES256""#,
                    [("DPoP-Nonce", "n1")])),
            .answer(answer("{}", [("DPoP-Nonce", "n2")])), .answer(.json("{}")),
        ])
        let transport = try signing(inner, prover)
        for _ in 0..<2 {
            let request = HTTPRequest("GET", try url("https://api.test/v1/"))
            #expect(try await transport.send(request).status == 200)
        }
        let proofs = try inner.requests.map { try ReceivedProof($0) }
        #expect(proofs.map { $0["nonce"] } == [nil, "n1", "n2"])
        #expect(Set(proofs.map { $0["jti"] }).count == 3)
    }

    @Test func `DP-7: is sent again once at the most, and renewed once`() async throws {
        let tokens = Bound()
        let inner = ScriptedTransport { index, _ in
            index % 2 == 0
                ? challenge(#"DPoP error="use_dpop_nonce""#, [("DPoP-Nonce", "n\(index)")])
                : challenge(#"DPoP error="invalid_token""#)
        }
        let transport = try signing(inner, try prover(), tokens)
        let last = try await transport.send(HTTPRequest("GET", try url("https://api.test/v1/")))
        #expect(last.status == 401)
        #expect(inner.requests.count == 3)
        #expect(
            inner.requests.map { $0.revealed("Authorization") } == [
                "DPoP token-0", "DPoP token-0", "DPoP token-1",
            ])
        let names = try inner.requests.map { try ReceivedProof($0)["jti"] }
        #expect(Set(names).count == 3, "DP-4: each has a proof of its own")
    }

    @Test(arguments: [
        [("DPoP-Nonce", "a"), ("DPoP-Nonce", "b")], [], [("DPoP-Nonce", "a b")],
    ])
    func `DP-7: is not sent again without one nonce that can be used`(
        fields: [(String, String)]
    ) async throws {
        let inner = ScriptedTransport { _, _ in
            challenge(#"DPoP error="use_dpop_nonce""#, fields)
        }
        let request = HTTPRequest("POST", try url("https://api.test/v1/"))
        #expect(try await signing(inner, try prover()).send(request).status == 401)
        #expect(inner.requests.count == 1)
    }

    @Test(arguments: [
        (400, #"DPoP error="use_dpop_nonce""#), (403, #"DPoP error="use_dpop_nonce""#),
        (401, #"Bearer error="use_dpop_nonce""#), (401, #"DPoP error="insufficient_scope""#),
        (401, "DPoP use_dpop_nonce"), (401, ""),
    ])
    func `DP-7: is not sent again after another answer`(
        status: Int, field: String
    ) async throws {
        let refusal = answer(
            "", status: status, [("WWW-Authenticate", field), ("DPoP-Nonce", "n")])
        let inner = ScriptedTransport { _, _ in refusal }
        _ = try await signing(inner, try prover()).send(
            HTTPRequest("GET", try url("https://api.test/v1/")))
        #expect(inner.requests.count == 1)
    }

    @Test func `DP-8: has no nonce of the authorization server`() async throws {
        let prover = try prover()
        prover.learn(
            from: answer("", [("DPoP-Nonce", "as")]).fields, of: try url("https://api.test/token"),
            .authorization, sent: now)
        let inner = ScriptedTransport { _, _ in .json("{}") }
        _ = try await signing(inner, prover).send(
            HTTPRequest("GET", try url("https://api.test/v1/")))
        #expect(try ReceivedProof(inner.requests[0])["nonce"] == nil)
    }

    @Test
    func `DP-12: is sent again by the server's clock where the proof was refused for its time`()
        async throws
    {
        let inner = ScriptedTransport([
            .answer(
                challenge(
                    #"DPoP error="invalid_dpop_proof""#,
                    [("Date", "Mon, 21 Sep 2026 14:23:20 GMT")])),
            .answer(.json("{}")),
        ])
        _ = try await signing(inner, try prover()).send(
            HTTPRequest("GET", try url("https://api.test/v1/")))
        let times = try inner.requests.map { try ReceivedProof($0).time }
        #expect(times == [now.seconds, now.seconds + 600])
    }

    @Test func `DP-5: is never sent with the token as a bearer token, or the other way around`()
        throws
    {
        let bound = AccessToken(
            Secret(utf8: "t"), type: .dpop, receivedAt: now, expiresAt: nil)
        var request = HTTPRequest("GET", try url("https://api.test/"))
        #expect(throws: OAuthError.self) { try BearerSigner().sign(&request, with: bound, at: now) }
        let bearer = AccessToken(Secret(utf8: "t"), receivedAt: now, expiresAt: nil)
        let signer = DPoPSigner(try prover())
        #expect(throws: OAuthError.self) { try signer.sign(&request, with: bearer, at: now) }
        var remote = HTTPRequest("GET", try url("http://api.test/"))
        #expect(throws: OAuthError.self) { try signer.sign(&remote, with: bound, at: now) }
        #expect(request.fields.all.isEmpty && remote.fields.all.isEmpty)
    }

    @Test func `is refused where it brings a proof of its own`() async throws {
        let inner = ScriptedTransport { _, _ in .json("{}") }
        var request = HTTPRequest("GET", try url("https://api.test/v1/"))
        request.fields.set("dpop", "x")
        let transport = try signing(inner, try prover())
        await #expect(throws: TransportError.self) { try await transport.send(request) }
        #expect(inner.requests.isEmpty)
    }
}

private final class Bound: TokenSource {
    private let next = Locked(0)

    func token(minimumValidity: Int64) async throws(OAuthError) -> AccessToken {
        AccessToken(
            Secret(utf8: "token-\(next.withLock { $0 })"), type: .dpop, receivedAt: now,
            expiresAt: nil)
    }
    func renewed(after rejected: AccessToken) async throws(OAuthError) -> AccessToken {
        next.withLock { $0 += 1 }
        return try await token()
    }
}
