import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// RFC 9449, sections 5 and 8: token requests of a client that has a key.
@Suite struct `A token request with a proof` {
    private func redeem(
        _ transport: ScriptedTransport, _ possession: ProofOfPossession,
        authentication: any ClientAuthentication = NoClientAuthentication(),
        _ grant: RefreshTokenGrant = RefreshTokenGrant(refreshToken: Secret(utf8: "r1"))
    ) async throws -> Result<TokenResponse, OAuthError> {
        var client = try client(transport, authentication: authentication)
        client.possession = possession
        do throws(OAuthError) {
            return .success(try await client.redeem(grant, at: now))
        } catch {
            return .failure(error)
        }
    }

    @Test func `DP-1: gives tokens that are bound to the key`() async throws {
        let prover = try prover()
        let transport = ScriptedTransport([.answer(.json(boundTokens))])
        let response = try await redeem(transport, .always(prover)).get()
        #expect(response.accessToken.type == .dpop)
        #expect(response.boundKey?.thumbprint == prover.key.thumbprint)
        let proof = try ReceivedProof(transport.requests[0])
        #expect(proof.key.thumbprint == prover.key.thumbprint)
        #expect(proof["htu"] == "https://as.test/token")
        #expect(proof["ath"] == nil)
    }

    @Test(arguments: ["dpop", "DPOP", "dPoP"])
    func `knows the type in any case (token-type-case-insensitivity)`(type: String) async throws {
        let answer = #"{"access_token":"t","token_type":"\#(type)"}"#
        let transport = ScriptedTransport([.answer(.json(answer))])
        let response = try await redeem(transport, .always(try prover())).get()
        #expect(response.accessToken.type == .dpop)
    }

    @Test(arguments: [#""Bearer""#, #""bearer""#, #""N_A""#, "null", #""DPoP ""#])
    func `DP-5: takes no other token for it, and keeps the refresh token that came`(
        type: String
    ) async throws {
        let answer = #"{"access_token":"t","token_type":\#(type),"refresh_token":"r2"}"#
        let transport = ScriptedTransport([.answer(.json(answer))])
        let error = try await redeem(transport, .always(try prover())).failure
        #expect(error?.code == .tokenNotBound)
        #expect(error?.rotatedRefreshToken?.dangerouslyRevealedText() == "r2")
        #expect(transport.requests.count == 1)
    }

    @Test(arguments: [false, true])
    func `DP-5: is the only way to such a token`(mayProve: Bool) async throws {
        let transport = ScriptedTransport([.answer(.json(boundTokens))])
        let possession =
            mayProve
            ? ProofOfPossession.onDemand(DPoPStandby { () throws(OAuthError) in try made() })
            : .none
        let error = try await redeem(transport, possession).failure
        #expect(error?.code == .badResponse)
        #expect(transport.requests[0].fields.contains("DPoP") == false)
    }

    @Test func `DP-4, DP-7: is sent once more with the nonce, all of it anew`() async throws {
        let key = PrivateJWK(try PrivateKey.generate(.p256))
        let transport = ScriptedTransport([
            .answer(demand("n1")), .answer(.json(boundTokens)),
        ])
        _ = try await redeem(
            transport, .always(try prover()), authentication: PrivateKeyJWT { key }
        ).get()
        let proofs = try transport.requests.map { try ReceivedProof($0) }
        #expect(proofs.map { $0["nonce"] } == [nil, "n1"])
        #expect(proofs[0]["jti"] != proofs[1]["jti"])
        let assertions = transport.requests.map { $0.form?["client_assertion"] }
        #expect(assertions[0] != nil && assertions[0] != assertions[1])
        #expect(transport.requests.map { $0.form?["refresh_token"] } == ["r1", "r1"])
    }

    /// bluesky-social/atproto issue 3852: the next request must not fail first each time.
    @Test func `DP-7: keeps the nonce that comes with the answer to the second try`() async throws {
        let prover = try prover()
        let transport = ScriptedTransport([
            .answer(demand("n1")), .answer(answer(boundTokens, [("DPoP-Nonce", "n2")])),
            .answer(.json(boundTokens)),
        ])
        for _ in 0..<2 { _ = try await redeem(transport, .always(prover)).get() }
        let nonces = try transport.requests.map { try ReceivedProof($0)["nonce"] }
        #expect(nonces == [nil, "n1", "n2"])
    }

    @Test func `DP-7: is not sent a third time`() async throws {
        let transport = ScriptedTransport { index, _ in demand("n\(index)") }
        let error = try await redeem(transport, .always(try prover())).failure
        #expect(error?.serverCode == "use_dpop_nonce")
        #expect(error?.code == .serverRefused)
        #expect(transport.requests.count == 2)
    }

    @Test(arguments: [[], ["a", "b"], ["a", "a"], ["a b"]])
    func `DP-7: is not sent again without one nonce that can be used`(
        nonces: [String]
    ) async throws {
        let refusal = answer(
            #"{"error":"use_dpop_nonce"}"#, status: 400, nonces.map { ("DPoP-Nonce", $0) })
        let transport = ScriptedTransport { _, _ in refusal }
        let error = try await redeem(transport, .always(try prover())).failure
        #expect(error?.serverCode == "use_dpop_nonce")
        #expect(transport.requests.count == 1)
    }

    @Test func `DP-7: knows a demand by its challenge, too`() async throws {
        let transport = ScriptedTransport([
            .answer(
                answer(
                    "{}", status: 401,
                    [("WWW-Authenticate", #"dpop error="use_dpop_nonce""#), ("DPoP-Nonce", "n")])),
            .answer(.json(boundTokens)),
        ])
        _ = try await redeem(transport, .always(try prover())).get()
        #expect(transport.requests.count == 2)
    }

    /// A refresh token that works once is presented a second time only where the first cannot have counted.
    @Test(arguments: [
        (400, #"{"error":"invalid_grant"}"#), (400, #"{"error":"invalid_dpop_proof"}"#),
        (500, #"{"error":"use_dpop_nonce"}"#), (200, #"{"error":"use_dpop_nonce"}"#),
        (503, "{}"), (400, "{}"), (401, #"{"error":"invalid_client"}"#),
    ])
    func `DP-4: is not repeated after any other answer`(status: Int, body: String) async throws {
        let refusal = answer(
            body, status: status,
            [("DPoP-Nonce", "n"), ("Date", "Mon, 21 Sep 2026 14:23:20 GMT")])
        let transport = ScriptedTransport { _, _ in refusal }
        #expect(try await redeem(transport, .always(try prover())).failure != nil)
        #expect(transport.requests.count == 1)
    }

    @Test func `DP-4: is not repeated where the answer got lost`() async throws {
        let transport = ScriptedTransport([
            .answer(demand("n1")),
            .fail(TransportError(.connectionLost, "gone", mayHaveBeenSent: true)),
        ])
        let error = try await redeem(transport, .always(try prover())).failure
        #expect(error?.mayHaveBeenSent == true)
        #expect(transport.requests.count == 2)
    }

    @Test func `DP-12: has the server's time at the second try, where nothing can be spent`()
        async throws
    {
        let refusal = answer(
            #"{"error":"invalid_dpop_proof"}"#, status: 400,
            [("Date", "Mon, 21 Sep 2026 14:03:20 GMT")])
        let transport = ScriptedTransport([.answer(refusal), .answer(.json(boundTokens))])
        var client = try client(transport)
        client.possession = .always(try prover())
        _ = try await client.redeem(ClientCredentialsGrant(), at: now)
        let times = try transport.requests.map { try ReceivedProof($0).time }
        #expect(times == [now.seconds, now.seconds - 600])
    }

    @Test(arguments: ["invalid_dpop_proof", "use_dpop_nonce"])
    func `is made on demand, once for all that follow`(code: String) async throws {
        let made = Locked(0)
        let standby = DPoPStandby { () throws(OAuthError) in
            made.withLock { $0 += 1 }
            return try SesameOAuthTests.made()
        }
        let transport = ScriptedTransport { index, _ in
            switch index {
            case 0: answer(#"{"error":"\#(code)"}"#, status: 400, [("DPoP-Nonce", "n1")])
            case 1: demand("n2")
            default: .json(boundTokens)
            }
        }
        let first = try await redeem(transport, .onDemand(standby)).get()
        let second = try await redeem(transport, .onDemand(standby)).get()
        #expect(first.boundKey?.thumbprint == second.boundKey?.thumbprint)
        #expect(made.withLock { $0 } == 1)
        #expect(transport.requests.map { $0.fields.contains("DPoP") } == [false, true, true, true])
        let nonces = try transport.requests.dropFirst().map { try ReceivedProof($0)["nonce"] }
        #expect(nonces == ["n1", "n2", "n2"])
    }

    @Test func `is not made where nobody wants one`() async throws {
        let standby = DPoPStandby { () throws(OAuthError) in
            throw OAuthError(.proofKeyUnusable, "not to be made")
        }
        let bearer = #"{"access_token":"t","token_type":"Bearer"}"#
        for possession in [ProofOfPossession.none, .onDemand(standby)] {
            let transport = ScriptedTransport([.answer(.json(bearer))])
            let response = try await redeem(transport, possession).get()
            #expect(response.accessToken.type == .bearer && response.boundKey == nil)
            #expect(transport.requests[0].fields.contains("DPoP") == false)
        }
        let transport = ScriptedTransport { _, _ in demand("n") }
        #expect(try await redeem(transport, .none).failure?.serverCode == "use_dpop_nonce")
        #expect(transport.requests.count == 1)
    }

    @Test func `DP-10: has named its key when the person was asked`() async throws {
        var server = try server()
        server.pushedAuthorizationRequestEndpoint = try url("https://as.test/par")
        let prover = try prover()
        let request = try AuthorizationRequest(
            to: server, clientID: "cli", redirectURI: "http://127.0.0.1/callback",
            boundKey: prover.key, random: CountingRandom())
        let asked = try ReceivedForm(query: request.url.query)
        #expect(asked["dpop_jkt"] == prover.key.thumbprint)
        let pushed = #"{"request_uri":"urn:a","expires_in":60}"#
        let transport = ScriptedTransport([
            .answer(demand("p1")), .answer(answer(pushed, status: 201, [("DPoP-Nonce", "p2")])),
            .answer(.json(boundTokens)),
        ])
        var client = try client(transport, server: server)
        client.possession = .always(prover)
        _ = try await client.push(request, at: now)
        _ = try await client.redeem(ClientCredentialsGrant(), at: now)
        #expect(transport.requests.map { $0.fields.contains("DPoP") } == [false, true, true])
        #expect(transport.requests[0].form?["dpop_jkt"] == prover.key.thumbprint)
        let proofs = try transport.requests.dropFirst().map { try ReceivedProof($0) }
        #expect(proofs.map { $0["nonce"] } == ["p1", "p2"])
        #expect(proofs.map { $0["htu"] } == ["https://as.test/par", "https://as.test/token"])
        #expect(transport.requests[1].form?["dpop_jkt"] == proofs[1].key.thumbprint)
    }

    @Test func `DP-10: names no key where there is none, and none of the caller's choice`() throws {
        let request = try AuthorizationRequest(
            to: try server(), clientID: "cli", redirectURI: "http://127.0.0.1/callback",
            random: CountingRandom())
        #expect(try ReceivedForm(query: request.url.query).names.contains("dpop_jkt") == false)
        let server = try server()
        let refused = code { () throws(OAuthError) in
            _ = try AuthorizationRequest(
                to: server, clientID: "cli", redirectURI: "http://127.0.0.1/callback",
                extraParameters: [("dpop_jkt", "x")], random: CountingRandom())
        }
        #expect(refused == .badParameter)
    }
}

private func made() throws(OAuthError) -> DPoPProver {
    guard let endpoint = HTTPURL("https://as.test/token") else {
        throw OAuthError(.badParameter, "no URL")
    }
    return DPoPProver(try DPoPKey.generate(for: AuthorizationServer(tokenEndpoint: endpoint)))
}

extension Result {
    fileprivate var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
