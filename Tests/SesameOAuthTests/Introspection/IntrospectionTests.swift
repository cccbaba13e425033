import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `An introspection` {
    @Test func `IN-1: sends the token in the content, and tells what the server says`() async throws
    {
        let transport = ScriptedTransport([
            .answer(
                .json(
                    #"{"active":true,"scope":"read","client_id":"cli","token_type":"Bearer","exp":1790000060}"#
                ))
        ])
        let said = try await introspector(transport).introspect(
            Secret(utf8: "t0ken"), at: now)
        #expect(said.isActive)
        #expect(said.scope == "read")
        #expect(said.clientID == "cli")
        #expect(said.tokenType == "Bearer")
        #expect(said.expiresAt == Timestamp(seconds: 1_790_000_060))
        let request = transport.requests[0]
        #expect(request.method == "POST")
        #expect(request.url.description == "https://as.test/introspect")
        #expect(request.form?["token"] == "t0ken")
        #expect(request.form?["token_type_hint"] == "access_token")
        #expect(request.form?["client_id"] == "cli")
    }

    @Test func `of a token that is over says nothing else of it`() async throws {
        let transport = ScriptedTransport([.answer(.json(#"{"active":false,"scope":"read"}"#))])
        let said = try await introspector(transport).introspect(Secret(utf8: "t"), at: now)
        #expect(!said.isActive)
        #expect(said.scope == nil)
    }

    @Test(arguments: [
        ("{}", 200, OAuthError.Code.badResponse), (#"{"active":"yes"}"#, 200, .badResponse),
        ("[]", 200, .badResponse), (#"{"error":"invalid_client"}"#, 401, .clientRejected),
        ("busy", 503, .temporary),
    ])
    func `that is refused, or not answered, fails`(
        body: String, status: Int, code: OAuthError.Code
    ) async throws {
        let client = try introspector(ScriptedTransport([.answer(.json(body, status: status))]))
        let refused = await failure { () async throws(OAuthError) in
            _ = try await client.introspect(Secret(utf8: "t"), at: now)
        }
        #expect(refused?.code == code)
    }

    @Test func `needs an endpoint, and sends nothing without one`() async throws {
        let transport = ScriptedTransport([])
        let client = try client(transport)
        let refused = await failure { () async throws(OAuthError) in
            _ = try await client.introspect(Secret(utf8: "t"), at: now)
        }
        #expect(refused?.code == .serverRefused)
        #expect(transport.requests.isEmpty)
    }

    private func introspector(_ transport: ScriptedTransport) throws -> OAuthClient {
        var server = try server()
        server.introspectionEndpoint = try url("https://as.test/introspect")
        return try client(transport, server: server)
    }
}
