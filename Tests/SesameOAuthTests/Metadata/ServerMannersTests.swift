import SesameCrypto
import SesameHTTP
import SesameOAuth
import SesameSecrets
import TestSupport
import Testing

@Suite struct `A server that departs from the RFCs` {
    private func server(_ change: (inout ServerManners) -> Void) throws -> AuthorizationServer {
        var server = try SesameOAuthTests.server()
        change(&server.manners)
        return server
    }

    private func refreshed(
        _ answer: HTTPResponse, _ change: (inout ServerManners) -> Void
    ) async throws -> Result<TokenResponse, OAuthError> {
        let client = try client(ScriptedTransport([.answer(answer)]), server: try server(change))
        do throws(OAuthError) {
            return .success(
                try await client.redeem(
                    RefreshTokenGrant(refreshToken: Secret(utf8: "refresh-1")), at: now))
        } catch {
            return .failure(error)
        }
    }

    @Test(arguments: [
        ("read,write", "read write"), ("read, write", "read write"), (",read", "read"),
        ("read write", "read write"), ("", ""),
    ])
    func `may write a scope with commas`(answered: String, read: String) async throws {
        let answer = answer(#""scope":"\#(answered)""#)
        let response = try await refreshed(answer) { $0.grantedScopeSeparator = "," }
        #expect(try response.get().accessToken.scope == read)
    }

    @Test func `is not thought to do so without being told`() async throws {
        let response = try await refreshed(answer(#""scope":"a,b c""#)) { _ in }
        #expect(try response.get().accessToken.scope == "a,b c")
    }

    @Test(arguments: [200, 400, 401])
    func `may end a grant in words of its own`(status: Int) async throws {
        let gone = HTTPResponse.json(#"{"error":"bad_refresh_token"}"#, status: status)
        let ended = try await refreshed(gone) { $0.endingCodes = ["bad_refresh_token"] }
        #expect(failure(of: ended)?.code == .grantEnded)
        #expect(failure(of: ended)?.serverCode == "bad_refresh_token")
        let standard = HTTPResponse.json(#"{"error":"invalid_grant"}"#, status: status)
        let other = try await refreshed(standard) { $0.endingCodes = ["bad_refresh_token"] }
        #expect(failure(of: other)?.code == .grantEnded)
        #expect(failure(of: try await refreshed(gone) { _ in })?.code == .serverRefused)
    }

    /// As with `invalid_grant`: a server in trouble ends nothing.
    @Test func `ends no grant while it is in trouble`() async throws {
        for answer in [
            HTTPResponse.json(#"{"error":"bad_refresh_token"}"#, status: 503),
            .content(#"{"error":"bad_refresh_token"}"#, type: "text/html", status: 400),
        ] {
            let refused = try await refreshed(answer) { $0.endingCodes = ["bad_refresh_token"] }
            #expect(failure(of: refused)?.code == .temporary)
        }
    }

    @Test func `that refuses a code_verifier gets neither it nor a challenge`() async throws {
        let server = try server { $0.refusesCodeVerifier = true }
        let request = try AuthorizationRequest(
            to: server, clientID: "cli", redirectURI: "http://127.0.0.1:8400/callback",
            random: CountingRandom())
        let asked = try ReceivedForm(query: request.url.query)
        #expect(asked.values("code_challenge").isEmpty)
        #expect(asked.values("code_challenge_method").isEmpty)
        let state = try #require(asked["state"])
        #expect(state.utf8.count == 43)
        let grant = try request.grant(
            from: try ReceivedForm(query: "code=c0de&state=\(state)"))
        let transport = ScriptedTransport([.answer(answer(#""expires_in":60"#))])
        let client = try client(transport, server: server)
        _ = try await client.redeem(grant, at: now)
        let form = try #require(transport.requests.first?.form)
        #expect(form["code"] == "c0de")
        #expect(form.values("code_verifier").isEmpty)
    }

    private func failure(of result: Result<TokenResponse, OAuthError>) -> OAuthError? {
        if case .failure(let error) = result { error } else { nil }
    }
}
