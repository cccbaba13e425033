import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameJSON
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// RFC 7523, section 3.
@Suite struct `An assertion that is exchanged for a token` {
    private func claims(
        _ assertion: GrantAssertion, key: PrivateJWK, issuer: String? = "https://as.test"
    ) throws -> JSON {
        let signed = try assertion.signed(
            with: key, for: try SesameOAuthTests.server(issuer: issuer), at: now)
        let verified = try CompactJWS(parsing: signed).verified(
            by: JWKSet([try key.publicJWK()]), allowing: [.es256, .rs256])
        return try verified.claims()
    }

    /// J-7, J-1.
    @Test func `says who asks, for whom, and where, for a minute`() throws {
        var assertion = GrantAssertion(issuer: "svc@project.test")
        assertion.scope = "read"
        let key = PrivateJWK(try PrivateKey.generate(.p256), keyID: "k1")
        let said = try claims(assertion, key: key)
        #expect(said["iss"]?.string == "svc@project.test")
        #expect(said["sub"]?.string == "svc@project.test")
        #expect(said["aud"]?.string == "https://as.test/token")
        #expect(said["scope"]?.string == "read")
        #expect(said["iat"]?.integer == now.seconds)
        #expect(said["exp"]?.integer == now.seconds + 60)
        assertion.subject = "ada@example.org"
        assertion.audience = .issuer
        let other = try claims(assertion, key: key)
        #expect(other["sub"]?.string == "ada@example.org")
        #expect(other["aud"]?.string == "https://as.test")
        #expect(other["jti"]?.string != said["jti"]?.string)
    }

    @Test func `is not made for a server whose issuer is wanted and not known`() throws {
        var assertion = GrantAssertion(issuer: "svc")
        assertion.audience = .issuer
        let key = PrivateJWK(try PrivateKey.generate(.p256))
        #expect(throws: OAuthError.self) { try claims(assertion, key: key, issuer: nil) }
    }

    @Test func `stands in the request alone where it says who the client is`() throws {
        let anonymous = try client(ScriptedTransport([]), authentication: AnonymousClient())
        let grant = JWTBearerGrant(assertion: Secret(utf8: "a.b.c"), scope: "read")
        let request = try anonymous.tokenRequest(for: grant, at: now)
        let form = try #require(request.body).withBytes { try ReceivedForm($0) }
        #expect(Set(form.names) == ["grant_type", "assertion", "scope"])
        #expect(form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer")
        let refresh = try anonymous.tokenRequest(
            for: RefreshTokenGrant(refreshToken: Secret(utf8: "r")), at: now)
        let later = try #require(refresh.body).withBytes { try ReceivedForm($0) }
        #expect(later["client_id"] == "cli")
    }
}
