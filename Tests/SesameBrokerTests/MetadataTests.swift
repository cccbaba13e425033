import SesameBroker
import SesameHTTP
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// What a server says about itself, as the broker asks for it.
@Suite struct `The metadata of a server` {
    private static let profile = """
        [profile robot]
        issuer = https://id.example
        grant = client_credentials
        client_id = cli
        client_auth = none

        """

    @Test func `MD-6: are asked for once an hour, however many tokens are`() async throws {
        let house = try House()
        for _ in 0..<3 { try await house.token() }
        #expect(house.lookups == 1)
        house.time.advance(seconds: 3601)
        try await house.token()
        #expect(house.lookups == 2)
    }

    @Test(arguments: [404, 401])
    func
        `MD-6: are asked for anew when the token endpoint is not there, or does not know the client`(
            status: Int
        ) async throws
    {
        let house = try House()
        try await house.token()
        house.status.withLock { $0 = status }
        await #expect(throws: BrokerError.self) { try await house.token() }
        house.status.withLock { $0 = 200 }
        try await house.token()
        #expect(house.lookups == 2)
    }

    /// A broker whose server is found by its issuer, and answers token requests with a status.
    private struct House {
        let status = Locked(200)
        let time = ManualTime()
        private let transport: ScriptedTransport
        private let broker: Broker
        private let folder = TemporaryFolder()

        var lookups: Int { transport.requests.count { $0.url.path.contains("/.well-known/") } }

        init() throws {
            let path = folder.path + "/config"
            try PrivateFile.create(path, Secret(utf8: profile))
            let status = status
            let transport = ScriptedTransport { _, request in
                if request.url.path == "/.well-known/oauth-authorization-server" {
                    return Self.answer(
                        200,
                        #"{"issuer":"https://id.example","token_endpoint":"https://id.example/token"}"#
                    )
                }
                let code = status.withLock { $0 }
                let good = #"{"access_token":"a","token_type":"Bearer","expires_in":3600}"#
                return Self.answer(
                    code,
                    code == 200 ? good : code == 401 ? #"{"error":"invalid_client"}"# : "{}")
            }
            self.transport = transport
            let store = MoodyStore()
            broker = Broker(
                Broker.Parts(
                    configuration: ConfigurationFile(path: path, home: folder.path),
                    openStore: { _ in store }, transport: transport, time: time))
        }

        func token() async throws(BrokerError) {
            var query = Broker.TokenQuery(profile: "robot")
            query.forcesRenewal = true
            _ = try await broker.accessToken(query)
        }

        private static func answer(_ status: Int, _ body: String) -> HTTPResponse {
            var response = HTTPResponse(status: status, body: Secret(utf8: body))
            response.fields.set("Content-Type", "application/json")
            return response
        }
    }
}
