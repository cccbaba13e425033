import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameJSON
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// JA-1; RFC 9101, with the conditions of the conformance suite.
@Suite struct `A signed authorization request` {
    private let key: PrivateJWK

    init() throws {
        key = PrivateJWK(try PrivateKey.generate(.p256), keyID: "k1")
    }

    @Test func `says all that was asked in its object, and nothing beside it`() throws {
        let url = try request(scope: "read", extra: [("prompt", "consent")]).url
        let query = try ReceivedForm(query: url.query)
        #expect(query.names == ["client_id", "request"])
        #expect(query["client_id"] == "cli")
        let (header, claims) = try opened(query)
        #expect(header.algorithm == .es256 && header.keyID == "k1")
        #expect(header.type == "oauth-authz-req+jwt")
        let plain = try ReceivedForm(
            query: try SesameOAuthTests.request(scope: "read", extra: [("prompt", "consent")])
                .url.query)
        for name in plain.names { #expect(claims[name]?.string == plain[name], "\(name)") }
        let own: Set = ["iss", "aud", "iat", "nbf", "exp", "jti"]
        #expect(Set(claims.members?.map(\.name) ?? []) == own.union(plain.names))
    }

    @Test func `names who asks, whom, and for how long`() throws {
        let claims = try claims(of: try request())
        #expect(claims["iss"]?.string == "cli" && claims["client_id"]?.string == "cli")
        #expect(claims["aud"]?.string == "https://as.test")
        #expect(claims["nbf"]?.integer == now.seconds - 10 && claims["iat"]?.integer == now.seconds)
        #expect(claims["exp"]?.integer == now.seconds + 300)
        #expect((claims["jti"]?.string ?? "").utf8.count == 22)
    }

    @Test(arguments: [(1800, 1800), (0, 1), (1_000_000, 3500)])
    func `is good for as long as the login waits, and for less than an hour`(
        asked: Int64, given: Int64
    ) throws {
        let request = try AuthorizationRequest(
            to: try server(), clientID: "cli", redirectURI: "http://127.0.0.1:8400/callback",
            signer: RequestObjectSigner(key, at: now, lifetime: asked), random: CountingRandom())
        #expect(try claims(of: request)["exp"]?.integer == now.seconds + given)
    }

    /// RFC 9101, sections 4 and 10.8: no other request in it, and no statement about who the client is.
    @Test func `cannot pass for anything else`() throws {
        let claims = try claims(of: try request())
        for name in ["sub", "request", "request_uri"] { #expect(claims[name] == nil, "\(name)") }
    }

    /// RFC 9101, section 4; RFC 8707, section 2; RFC 9396, section 3.
    @Test func `has numbers, lists and JSON as what they are`() throws {
        let details = #"[{"type":"a","b":[1,true]}]"#
        let claims = try claims(
            of: try request(
                scope: "openid", resource: ["https://a.test/1", "urn:b"],
                extra: [
                    ("max_age", "60"), ("claims", #"{"id_token":{"acr":null}}"#),
                    ("authorization_details", details), ("acr_values", "1 2"),
                ]))
        #expect(claims["max_age"]?.integer == 60)
        #expect(claims["resource"]?.elements?.map(\.string) == ["https://a.test/1", "urn:b"])
        #expect(claims["claims"]?["id_token"]?.members?.first?.name == "acr")
        let kept = try #require(claims["authorization_details"])
        #expect(JSONValue(kept).encoded().equals(Secret(utf8: details)))
        #expect(claims["acr_values"]?.string == "1 2")
        let one = try self.claims(of: try request(resource: ["urn:b"]))
        #expect(one["resource"]?.string == "urn:b")
    }

    /// OpenID Connect Core, section 6.1.
    @Test func `repeats what OpenID wants outside as well`() throws {
        let query = try ReceivedForm(query: try request(scope: "openid read").url.query)
        #expect(query.names == ["client_id", "response_type", "scope", "request"])
        #expect(query["scope"] == "openid read" && query["response_type"] == "code")
    }

    @Test(arguments: ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"])
    func `refuses an extra parameter that would say who asks, or how long`(name: String) throws {
        #expect(throws: OAuthError.self) { _ = try request(extra: [(name, "x")]) }
        #expect(try SesameOAuthTests.request(extra: [(name, "x")]).url.query?.contains("x") == true)
    }

    @Test func `is not made for a server whose issuer is not known`() throws {
        let server = try server(issuer: nil)
        let refused = code { () throws(OAuthError) in _ = try request(to: server) }
        #expect(refused == .invalidMetadata)
    }

    @Test(arguments: [
        (["ES256", "PS256"], true), (nil, true), (["PS256"], false), (["none"], false),
    ])
    func `is signed as the server announces, or not made`(
        announced: [String]?, isMade: Bool
    ) throws {
        var server = try server()
        server.requestObjectSigningAlgorithms = announced
        // What it says of the client's authentication is about something else.
        server.tokenEndpointAuthSigningAlgorithms = ["RS256"]
        let target = server
        let refused = code { () throws(OAuthError) in _ = try request(to: target) }
        #expect(refused == (isMade ? nil : .clientKeyUnusable))
    }

    /// RFC 9126, section 3: beside it stands only what says who the client is.
    @Test func `can be pushed`() async throws {
        var server = try server()
        server.pushedAuthorizationRequestEndpoint = try url("https://as.test/par")
        let transport = ScriptedTransport([
            .expect(
                "POST", "https://as.test/par",
                .json(#"{"request_uri":"urn:a","expires_in":60}"#, status: 201))
        ])
        let client = try client(
            transport, server: server,
            authentication: ClientSecretPost(secret: Secret(utf8: "s")))
        let request = try request(to: server, scope: "openid read")
        let url = try await client.push(request, at: now)
        #expect(url.query == "client_id=cli&request_uri=urn%3Aa")
        let form = try #require(transport.requests[0].form)
        #expect(form.names.sorted() == ["client_id", "client_secret", "request"])
        #expect(try opened(form).1["scope"]?.string == "openid read")
    }

    @Test func `is answered like any other`() throws {
        let request = try request()
        let state = try #require(try claims(of: request)["state"]?.string)
        let callback = try ReceivedForm(query: "code=c&state=\(state)&iss=https%3A%2F%2Fas.test")
        let isOurs = request.recognises(callback)
        let isOther = request.recognises(try ReceivedForm(query: "code=c&state=x"))
        #expect(isOurs && !isOther)
        let grant = try request.grant(from: callback)
        #expect(grant.idToken == nil)
    }

    /// RFC 9101, section 10.5.
    @Test(arguments: [("true", true), ("false", false), (#""true""#, false)])
    func `is what some servers insist on`(value: String, isRequired: Bool) throws {
        let json = try JSON(
            parsing: Secret(
                utf8: #"""
                    {"issuer":"https://as.test","token_endpoint":"https://as.test/token",
                    "require_signed_request_object":\#(value),
                    "request_object_signing_alg_values_supported":["ES256"]}
                    """#))
        let server = try AuthorizationServer(metadata: json, expectedIssuer: "https://as.test")
        #expect(server.requiresSignedRequestObjects == isRequired)
        #expect(server.requestObjectSigningAlgorithms == ["ES256"])
    }

    private func request(
        to target: AuthorizationServer? = nil, scope: String? = nil, resource: [String] = [],
        extra: [(String, String)] = []
    ) throws(OAuthError) -> AuthorizationRequest {
        let usual: AuthorizationServer
        do { usual = try server() } catch { throw OAuthError(.badParameter, "the fixture") }
        return try AuthorizationRequest(
            to: target ?? usual, clientID: "cli", redirectURI: "http://127.0.0.1:8400/callback",
            scope: scope, resource: resource, extraParameters: extra,
            signer: RequestObjectSigner(key, at: now), random: CountingRandom())
    }

    private func opened(_ form: ReceivedForm) throws -> (JWSHeader, JSON) {
        let text = try #require(form.secret("request"))
        let verified = try CompactJWS(parsing: text).verified(
            by: try key.publicJWK(), allowing: [.es256])
        return (verified.header, try verified.claims())
    }

    private func claims(of request: borrowing AuthorizationRequest) throws -> JSON {
        try opened(try ReceivedForm(query: request.url.query)).1
    }
}
