import SesameHTTP
import SesameOAuth
import SesameSecrets
import TestSupport
import Testing

@Suite struct `A token exchange` {
    private let subject = ExchangedToken(
        Secret(utf8: "s"), type: TokenExchangeGrant.accessTokenType)

    private func form(_ grant: TokenExchangeGrant) throws -> ReceivedForm {
        let request = try client(ScriptedTransport([])).tokenRequest(for: grant, at: now)
        let body = try #require(request.body)
        return try body.withBytes { try ReceivedForm($0) }
    }

    /// X-1: RFC 8693, section 2.1.
    @Test func `names each token with its type, and no type without its token`() throws {
        let alone = try form(TokenExchangeGrant(subject: subject))
        #expect(alone["subject_token"] == "s")
        #expect(alone["subject_token_type"] == TokenExchangeGrant.accessTokenType)
        #expect(
            Set(alone.names) == [
                "grant_type", "subject_token", "subject_token_type", "client_id",
            ])
        let whole = try form(
            TokenExchangeGrant(
                subject: subject,
                actor: ExchangedToken(Secret(utf8: "a"), type: TokenExchangeGrant.jwtType),
                requestedTokenType: TokenExchangeGrant.accessTokenType, scope: "read",
                audience: ["one", "two"], resource: ["https://api.test/"]))
        #expect(whole["actor_token"] == "a")
        #expect(whole["actor_token_type"] == TokenExchangeGrant.jwtType)
        #expect(whole["requested_token_type"] == TokenExchangeGrant.accessTokenType)
        #expect(whole.values("audience").map { $0.dangerouslyRevealedText() } == ["one", "two"])
    }

    /// X-1: RFC 8693, section 2.2.1.
    @Test func `is refused an answer that does not say what it gives`() throws {
        let grant = TokenExchangeGrant(
            subject: subject, requestedTokenType: TokenExchangeGrant.accessTokenType)
        let silent = try parse(answer(#""expires_in":60"#))
        #expect(code { () throws(OAuthError) in try grant.check(silent) } == .badResponse)
        let other = try parse(answer(#""issued_token_type":"urn:x""#))
        #expect(code { () throws(OAuthError) in try grant.check(other) } == .serverRefused)
        let type = TokenExchangeGrant.accessTokenType
        let good = try parse(answer(#""issued_token_type":"\#(type)""#))
        #expect(code { () throws(OAuthError) in try grant.check(good) } == nil)
    }

    /// X-2: RFC 8693, section 2.2.1.
    @Test(arguments: ["N_A", "n_a"])
    func `that gives a token of type N_A gives none for the signer`(type: String) {
        let response = HTTPResponse.json(
            #"{"access_token":"t","token_type":"\#(type)","issued_token_type":"urn:x"}"#)
        #expect(code { () throws(OAuthError) in _ = try parse(response) } == .serverRefused)
    }
}
