import SesameHTTP
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// The built programs against an API that sends its clients elsewhere: table 4.4, for bearer tokens.
@Suite struct `A resource server that redirects` {
    /// Each status with each spelling of another place, whether on this origin or not.
    @Test(arguments: [301, 302, 303, 307, 308])
    func `has its answer handed over, and no token follows it`(status: Int) async throws {
        let elsewhere = try ScriptedServer(answer: json("{}"))
        let places = [
            "/api/other", "other", "//127.0.0.1:\(elsewhere.port)/api",
            "http://127.0.0.1:\(elsewhere.port)/api", "http://ada@127.0.0.1:\(elsewhere.port)/api",
            "https://127.0.0.1:\(elsewhere.port)/api", "http:\\\\127.0.0.1:\(elsewhere.port)\\api",
            "/\t/127.0.0.1:\(elsewhere.port)/api", "http://localhost:\(elsewhere.port)/api",
            "file:///etc/passwd", "",
        ]
        let server = try ScriptedServer { connection in
            guard let request = connection.request() else { return }
            let path = request.line.split(separator: " ").dropFirst().first ?? ""
            if path == "/token" {
                connection.write(json(#"{"access_token":"good","token_type":"Bearer"}"#))
            } else {
                let place = path.split(separator: "/").last.flatMap { Int($0) } ?? 0
                connection.write(
                    json(
                        "{}", status: "\(status) Elsewhere",
                        fields: "Location: \(places[place])\r\n"))
            }
            connection.end()
        }
        let sesame = Sesame()
        let profile = """
            [profile work]
            token_endpoint = http://127.0.0.1:\(server.port)/token
            client_id = client
            client_auth = none
            grant = client_credentials
            base_url = http://127.0.0.1:\(server.port)/api
            """
        try PrivateFile.create(sesame.folder.file("config"), Secret(utf8: profile + "\n"))
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        for index in places.indices {
            for method in ["GET", "POST"] {
                let ended = try await sesame.attempt([
                    "request", "work", "/\(index)", "-i", "-X", method,
                ])
                #expect(ended.output.contains(" \(status)"), "\(places[index]): \(ended.errors)")
            }
        }
        let api = server.requests.filter { !$0.line.contains("/token ") }
        #expect(api.count == places.count * 2)
        #expect(api.allSatisfy { $0.field("Authorization") == "Bearer good" })
        #expect(elsewhere.connectionCount == 0)
    }
}
