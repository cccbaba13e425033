import SesameHTTP
import SesameJSON
import SesameOAuth
import SesameSecrets
import TestSupport
import Testing

/// RFC 8705, section 5.
@Suite struct `The endpoints for clients with a certificate` {
    private func server(_ aliases: String) throws(any Error) -> AuthorizationServer {
        let text = """
            {"issuer":"https://as.test","token_endpoint":"https://as.test/token",
             "revocation_endpoint":"https://as.test/revoke",
             "introspection_endpoint":"https://as.test/introspect",
             "device_authorization_endpoint":"https://as.test/device",
             "pushed_authorization_request_endpoint":"https://as.test/par",
             "tls_client_certificate_bound_access_tokens":true,
             "mtls_endpoint_aliases":\(aliases)}
            """
        return try AuthorizationServer(
            metadata: try JSON(parsing: Secret(utf8: text)), expectedIssuer: "https://as.test")
    }

    /// MT-3.
    @Test func `take the place of those that they name, and of no others`() throws {
        let plain = try server(
            #"""
            {"token_endpoint":"https://mtls.as.test/token",
             "pushed_authorization_request_endpoint":"https://mtls.as.test/par"}
            """#)
        #expect(plain.bindsTokensToCertificates)
        #expect(plain.tokenEndpoint == (try url("https://as.test/token")))
        let guarded = plain.forMutualTLS
        #expect(guarded.tokenEndpoint == (try url("https://mtls.as.test/token")))
        #expect(guarded.revocationEndpoint == (try url("https://as.test/revoke")))
        #expect(
            guarded.pushedAuthorizationRequestEndpoint == (try url("https://mtls.as.test/par")))
        let all = try server(
            #"""
            {"token_endpoint":"https://m.test/1","revocation_endpoint":"https://m.test/2",
             "introspection_endpoint":"https://m.test/3",
             "device_authorization_endpoint":"https://m.test/4",
             "pushed_authorization_request_endpoint":"https://m.test/5"}
            """#
        ).forMutualTLS
        let found = [
            all.tokenEndpoint, all.revocationEndpoint, all.introspectionEndpoint,
            all.deviceAuthorizationEndpoint, all.pushedAuthorizationRequestEndpoint,
        ].map { $0?.path }
        #expect(found == ["/1", "/2", "/3", "/4", "/5"])
    }

    @Test(arguments: [#"{"token_endpoint":"http://as.test/token"}"#, #"["x"]"#])
    func `are refused as any endpoint is`(aliases: String) {
        #expect(throws: OAuthError.self) { try server(aliases) }
    }

    @Test func `are for clients that have a certificate only`() throws {
        let described = try server(#"{"token_endpoint":"https://mtls.as.test/token"}"#)
        let files = ClientCertificateFiles(certificate: "/c.pem", key: "/c.key")
        let transport = ScriptedTransport([])
        let (with, without) = (
            OAuthClient(
                server: described, clientID: "c", authentication: TLSClientAuthentication(),
                transport: transport, clientCertificate: files),
            OAuthClient(
                server: described, clientID: "c", authentication: NoClientAuthentication(),
                transport: transport)
        )
        #expect(with.server.tokenEndpoint.host == "mtls.as.test")
        #expect(without.server.tokenEndpoint.host == "as.test")
    }
}
