import SesameHTTP
import SesameJSON
import SesameOAuth
import SesameSecrets
import Testing

@Suite struct `Metadata` {
    @Test func `give the endpoints and what the server can do`() throws {
        let server = try read(
            """
            {"issuer":"https://as.test/t","token_endpoint":"https://as.test/t/token?a=b",
             "authorization_endpoint":"https://as.test/t/authorize",
             "revocation_endpoint":"https://other.test/revoke","jwks_uri":null,"unknown":[1],
             "authorization_response_iss_parameter_supported":true,
             "code_challenge_methods_supported":["plain","S256"],
             "grant_types_supported":["refresh_token"],
             "token_endpoint_auth_methods_supported":["none","client_secret_post"]}
            """, "https://as.test/t")
        #expect(server.issuer == "https://as.test/t")
        #expect(server.tokenEndpoint.description == "https://as.test/t/token?a=b")
        #expect(server.authorizationEndpoint?.path == "/t/authorize")
        #expect(server.revocationEndpoint?.host == "other.test")
        #expect(server.jwksURI == nil)
        #expect(server.supportsIssuerParameter)
        #expect(server.codeChallengeMethods == ["plain", "S256"])
        #expect(server.grantTypes == ["refresh_token"])
        #expect(server.tokenEndpointAuthMethods == ["none", "client_secret_post"])
        #expect(server.introspectionEndpoint == nil)
    }

    @Test(arguments: [
        "https://as.test/", "https://AS.test", "https://as.test/t", "http://as.test",
        "https://as.test:443", "https://evil.test", "https://as.test?x",
    ])
    func `"discovery-issuer-mismatch"`(_ issuer: String) throws {
        let text = #"{"issuer":"\#(issuer)","token_endpoint":"https://as.test/token"}"#
        #expect(try refusal(text) == .issuerMismatch)
    }

    @Test(arguments: [
        "{}", #"{"issuer":"https://as.test"}"#, #"{"token_endpoint":"https://as.test/token"}"#,
        #"{"issuer":7,"token_endpoint":"https://as.test/token"}"#, "[]", "null", #""x""#,
        #"{"issuer":"https://as.test","token_endpoint":"https://u@as.test/token"}"#,
        #"{"issuer":"https://as.test","token_endpoint":"file:///etc/passwd"}"#,
        #"{"issuer":"https://as.test","token_endpoint":"https://as.test/\u0000"}"#,
        #"{"issuer":"https://as.test","token_endpoint":"https://äs.test/token"}"#,
        #"{"issuer":"https://as.test","token_endpoint":["https://as.test/token"]}"#,
        """
        {"issuer":"https://as.test","token_endpoint":"https://as.test/token",
         "code_challenge_methods_supported":"S256"}
        """,
    ])
    func `that are incomplete or malformed are refused`(_ text: String) throws {
        #expect(try refusal(text) == .invalidMetadata)
    }

    @Test(arguments: [
        "token_endpoint", "authorization_endpoint", "revocation_endpoint", "registration_endpoint",
    ])
    func `with an endpoint that is not protected are refused`(_ name: String) throws {
        for unsafe in ["http://as.test/x", "https://as.test/x#f", "http://127.0.0.1.evil.test/"] {
            let rest = name == "token_endpoint" ? "" : #""token_endpoint":"https://as.test/t","#
            let text = #"{"issuer":"https://as.test",\#(rest)"\#(name)":"\#(unsafe)"}"#
            #expect(try refusal(text) == .unsafeEndpoint)
        }
    }

    @Test func `of a server on this machine may use http`() throws {
        let server = try read(
            #"{"issuer":"http://127.0.0.1:9","token_endpoint":"http://127.0.0.1:9/token"}"#,
            "http://127.0.0.1:9")
        #expect(server.tokenEndpoint.port == 9)
    }
}

private func read(_ text: String, _ issuer: String) throws -> AuthorizationServer {
    try AuthorizationServer(
        metadata: JSON(parsing: Secret(utf8: text)), expectedIssuer: issuer)
}

private func refusal(_ text: String) throws -> OAuthError.Code? {
    let json = try JSON(parsing: Secret(utf8: text))
    return code { () throws(OAuthError) in
        _ = try AuthorizationServer(metadata: json, expectedIssuer: "https://as.test")
    }
}
