import SesameCrypto
import SesameHTTP
import SesameOAuth
import SesameSecrets
import Testing

@Suite struct `An authorization request` {
    @Test func `has PKCE and a state beside what was asked`() throws {
        let form = try parameters(scope: "read write", resource: ["https://a.test/1", "urn:b"])
        #expect(form["response_type"] == "code")
        #expect(form["client_id"] == "cli")
        #expect(form["redirect_uri"] == "http://127.0.0.1:8400/callback")
        #expect(form["scope"] == "read write")
        #expect(form["code_challenge_method"] == "S256")
        #expect(form["code_challenge"]?.utf8.count == 43)
        #expect(form["state"]?.utf8.count == 43)
        #expect(form.values("resource").count == 2)
        #expect(form.values("nonce").isEmpty)
        #expect(form.values("code_verifier").isEmpty)
    }

    @Test func `never repeats its state or challenge`() throws {
        let random = SystemRandom()
        let first = try parameters(random: random)
        let second = try parameters(random: random)
        #expect(first["state"] != second["state"])
        #expect(first["code_challenge"] != second["code_challenge"])
    }

    @Test func `keeps the query that the endpoint has`() throws {
        let request = try request(to: try server(authorize: "https://as.test/authorize?p=x"))
        #expect(
            request.url.description.hasPrefix(
                "https://as.test/authorize?p=x&client_id=cli&response_type=code&"))
    }

    @Test func `leaves out an empty scope`() throws {
        #expect(try parameters(scope: "").values("scope").isEmpty)
    }

    @Test func `for OpenID has a nonce, which some servers insist on`() throws {
        #expect(try parameters(scope: "openid read")["nonce"] != nil)
        #expect(try parameters(scope: "openid", extra: [("nonce", "mine")])["nonce"] == "mine")
    }

    @Test(arguments: [
        "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge",
        "code_challenge_method", "resource", "request", "request_uri", "response_mode", "",
    ])
    func `refuses an extra parameter that is the protocol's`(_ name: String) throws {
        #expect(try refusal { try request(extra: [(name, "x")]) } == .badParameter)
    }

    @Test func `refuses an extra parameter given twice and passes others on`() throws {
        #expect(try refusal { try request(extra: [("p", "1"), ("p", "2")]) } == .badParameter)
        #expect(try parameters(extra: [("prompt", "consent")])["prompt"] == "consent")
    }

    @Test(arguments: [["plain"], ["plain", "s256"]])
    func `is not made for a server without S256`(_ methods: [String]) throws {
        let server = try server(challengeMethods: methods)
        #expect(try refusal { try request(to: server) } == .pkceUnsupported)
    }

    @Test(arguments: [nil, [], ["S256"], ["plain", "S256"]])
    func `uses S256 where the server knows it or says nothing`(_ methods: [String]?) throws {
        let request = try request(to: try server(challengeMethods: methods))
        #expect(request.url.description.contains("code_challenge_method=S256"))
    }

    @Test(arguments: [
        "http://as.test/authorize", "https://as.test/authorize#f",
        "https://as.test/authorize?state=fixed", "https://as.test/authorize?client_id=other",
    ])
    func `is not sent to an unsafe endpoint`(_ endpoint: String) throws {
        let server = try server(authorize: endpoint)
        #expect(try refusal { try request(to: server) } == .unsafeEndpoint)
    }

    @Test(arguments: ["a  b", " a", "a\"b", "a\\b", "ä", "a\tb"])
    func `refuses a malformed scope`(_ scope: String) throws {
        #expect(try refusal { try request(scope: scope) } == .badParameter)
    }

    @Test(arguments: ["/relative", "https://a.test/#f", "no-scheme", ":x"])
    func `refuses a resource that is no absolute URI`(_ resource: String) throws {
        #expect(try refusal { try request(resource: [resource]) } == .badParameter)
    }

    @Test(arguments: ["http://app.test/cb", "ftp://x", "http://127.0.0.1:1/cb#f", ""])
    func `refuses a redirect URI that would leak the code`(_ uri: String) throws {
        #expect(try refusal { try request(redirectURI: uri) } == .badParameter)
    }

    @Test func `needs an authorization endpoint`() throws {
        let server = AuthorizationServer(tokenEndpoint: try url("https://as.test/token"))
        #expect(try refusal { try request(to: server) } == .invalidMetadata)
    }
}

private func refusal(_ make: () throws -> AuthorizationRequest) throws -> OAuthError.Code? {
    do { _ = try make() } catch let error as OAuthError { return error.code }
    return nil
}

private func parameters(
    scope: String? = nil, resource: [String] = [], extra: [(String, String)] = [],
    random: any RandomSource = CountingRandom()
) throws -> ReceivedForm {
    let request = try request(scope: scope, resource: resource, extra: extra, random: random)
    return try ReceivedForm(query: request.url.query)
}

func request(
    to target: AuthorizationServer? = nil, redirectURI: String = "http://127.0.0.1:8400/callback",
    scope: String? = nil, resource: [String] = [], extra: [(String, String)] = [],
    random: any RandomSource = CountingRandom()
) throws -> AuthorizationRequest {
    try AuthorizationRequest(
        to: try target ?? server(), clientID: "cli", redirectURI: redirectURI, scope: scope,
        resource: resource, extraParameters: extra, random: random)
}
