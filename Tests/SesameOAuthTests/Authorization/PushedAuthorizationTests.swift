import SesameCrypto
import SesameHTTP
import SesameJSON
import SesameOAuth
import SesameSecrets
import TestSupport
import Testing

/// RFC 9126: PA-1, PA-3 and PA-4.
@Suite struct `A pushed authorization request` {
    private static let pushed =
        #"{"request_uri":"urn:ietf:params:oauth:request_uri:a","expires_in":60}"#

    private func server() throws -> AuthorizationServer {
        var server = try SesameOAuthTests.server()
        server.pushedAuthorizationRequestEndpoint = try url("https://as.test/par")
        return server
    }

    private func request() throws -> AuthorizationRequest {
        try AuthorizationRequest(
            to: try server(), clientID: "cli", redirectURI: "http://127.0.0.1:8400/callback",
            scope: "read", extraParameters: [("prompt", "consent")], random: CountingRandom())
    }

    /// What comes of this answer: the URL, or the error.
    private func push(_ response: HTTPResponse) async throws -> Result<HTTPURL, OAuthError> {
        let client = try client(ScriptedTransport([.answer(response)]), server: try server())
        let request = try request()
        do throws(OAuthError) {
            return .success(try await client.push(request, at: now))
        } catch {
            return .failure(error)
        }
    }

    @Test(arguments: [
        (NoClientAuthentication() as any ClientAuthentication, nil, nil),
        (ClientSecretPost(secret: Secret(utf8: "s")), "s", nil),
        (ClientSecretBasic(secret: Secret(utf8: "s")), nil, "Basic Y2xpOnM="),
    ])
    func `carries all that was asked, and the client as the token endpoint knows it`(
        authentication: any ClientAuthentication, secret: String?, basic: String?
    ) async throws {
        let transport = ScriptedTransport([
            .expect("POST", "https://as.test/par", .json(Self.pushed, status: 201))
        ])
        let client = try client(
            transport, server: try server(), authentication: authentication)
        let request = try request()
        let asked = try ReceivedForm(query: request.url.query)
        _ = try await client.push(request, at: now)
        let sent = try #require(transport.requests.first)
        let form = try #require(sent.form)
        for name in asked.names { #expect(form[name] == asked[name], "\(name)") }
        #expect(
            Set(form.names).subtracting(asked.names) == (secret == nil ? [] : ["client_secret"]))
        #expect(Set(form.names).count == form.names.count)
        #expect(form["client_secret"] == secret)
        #expect(sent.revealed("Authorization") == basic)
        #expect(sent.connection == .fresh)
    }

    @Test(arguments: [201, 200])
    func `leaves nothing in the browser's URL but the client and the reference`(
        status: Int
    ) async throws {
        let url = try await push(.json(Self.pushed, status: status)).get()
        #expect(
            url.description
                == "https://as.test/authorize?client_id=cli&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Aa"
        )
    }

    @Test(arguments: [
        (201, "{}", OAuthError.Code.badResponse),
        (201, #"{"request_uri":""}"#, .badResponse),
        (201, #"{"request_uri":7}"#, .badResponse),
        (201, #"{"request_uri":"urn:a b"}"#, .badResponse),
        (201, #"{"request_uri":"urn:a\r\nb"}"#, .badResponse),
        (201, #"{"request_uri":"urn:a","request_uri":"urn:b"}"#, .badResponse),
        (201, "[]", .badResponse), (201, "", .badResponse),
        (400, #"{"error":"invalid_request"}"#, .serverRefused),
        (200, #"{"error":"invalid_request","request_uri":"urn:a"}"#, .serverRefused),
        (401, #"{"error":"invalid_client"}"#, .clientRejected),
        (400, #"{"error":"invalid_grant"}"#, .serverRefused),
        (413, "{}", .serverRefused), (429, "{}", .temporary), (503, "{}", .temporary),
        (307, "{}", .serverRefused),
    ])
    func `is refused with everything that is no reference`(
        status: Int, body: String, code: OAuthError.Code
    ) async throws {
        let result = try await push(.json(body, status: status))
        guard case .failure(let error) = result else {
            Issue.record("\(body) was taken")
            return
        }
        #expect(error.code == code, "\(body)")
    }

    @Test func `is not taken for one where a web page answers`() async throws {
        let page = HTTPResponse.content(Self.pushed, type: "text/html", status: 201)
        guard case .failure(let error) = try await push(page) else {
            Issue.record("a web page was taken")
            return
        }
        #expect(error.code == .temporary)
    }

    @Test func `needs an endpoint, and a safe one`() async throws {
        for endpoint in [
            nil, "http://as.test/par", "https://as.test/par?client_id=x",
            "https://as.test/par?request_uri=x",
        ] {
            var server = try SesameOAuthTests.server()
            server.pushedAuthorizationRequestEndpoint = try endpoint.map(url)
            let transport = ScriptedTransport([])
            let client = try client(transport, server: server)
            let request = try request()
            do throws(OAuthError) {
                _ = try await client.push(request, at: now)
                Issue.record("it was sent")
            } catch {
                #expect(error.code == (endpoint == nil ? .invalidMetadata : .unsafeEndpoint))
            }
            #expect(transport.requests.isEmpty)
        }
    }

    @Test(arguments: ["client_assertion", "client_assertion_type", "request_uri"])
    func `has no parameter of the client's own beside it`(name: String) throws {
        let server = try server()
        let refused = code { () throws(OAuthError) in
            _ = try AuthorizationRequest(
                to: server, clientID: "cli", redirectURI: "http://127.0.0.1:8400/callback",
                extraParameters: [(name, "x")], random: CountingRandom())
        }
        #expect(refused == .badParameter)
    }

    @Test func `is what some servers insist on`() throws {
        let text = #"""
            {"issuer":"https://as.test","token_endpoint":"https://as.test/token",
            "pushed_authorization_request_endpoint":"https://as.test/par"MORE}
            """#
        for (more, isRequired) in [
            ("", false), (#","require_pushed_authorization_requests":true"#, true),
            (#","require_pushed_authorization_requests":"yes""#, false),
        ] {
            let json = try JSON(parsing: Secret(utf8: text.replacing("MORE", with: more)))
            let server = try AuthorizationServer(
                metadata: json, expectedIssuer: "https://as.test")
            #expect(server.requiresPushedAuthorizationRequests == isRequired)
            #expect(server.pushedAuthorizationRequestEndpoint?.path == "/par")
        }
    }
}
