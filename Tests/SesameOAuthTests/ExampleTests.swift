import SesameHTTP
import SesameOAuth
import SesameSecrets
import TestSupport
import Testing

/// What the README shows of this library, line by line; a test of the repository compares the two.
@Suite struct `The README's example` {
    @Test func `gets a token by itself and sends it along`() async throws {
        let reports = try url("https://api.example/v1/reports")
        let secret = Secret(utf8: "a practice secret")
        let transport = ScriptedTransport([
            .answer(
                .json(
                    """
                    {"issuer": "https://id.example", "token_endpoint": "https://id.example/token",
                    "authorization_endpoint": "https://id.example/authorize",
                    "response_types_supported": ["code"]}
                    """)),
            .expect("POST", "https://id.example/token", answer(#""expires_in":600"#)),
            .expect("GET", "https://api.example/v1/reports", .json("[]")),
        ])

        let server = try await Discovery.discover(issuer: "https://id.example", over: transport)
        let client = OAuthClient(
            server: server, clientID: "reports", authentication: ClientSecretBasic(secret: secret),
            transport: transport)
        let api = SigningTransport(
            transport, tokens: ClientCredentialsTokenSource(client: client, scope: "read"),
            destinations: Destinations([reports]))
        let answer = try await api.send(HTTPRequest("GET", reports))

        #expect(answer.status == 200)
        #expect(transport.requests.last?.revealed("Authorization") == "Bearer t")
    }
}
