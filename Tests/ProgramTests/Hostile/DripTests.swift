import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// The built programs, and an API that sends one byte after another.
///
/// The time for a request to an API can be set; that of token requests cannot, and is shown for the transport.
@Suite struct `An API that drips` {
    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nX-Slow: ", "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n",
    ])
    func `T-12: is given up when the time is over that the caller has given`(
        beginning: String
    ) async throws {
        let server = try ScriptedServer { connection in
            guard let request = connection.request() else { return }
            guard request.line.hasPrefix("GET /api/") else {
                connection.write(
                    json(#"{"access_token":"good","token_type":"Bearer","expires_in":3600}"#))
                return connection.end()
            }
            connection.write(beginning)
            _ = connection.drip([UInt8](repeating: UInt8(ascii: "a"), count: 3000), pause: 100)
        }
        let sesame = Sesame()
        let profile = """
            [profile work]
            token_endpoint = http://127.0.0.1:\(server.port)/token
            base_url = http://127.0.0.1:\(server.port)/api
            client_id = client
            client_auth = none
            grant = client_credentials

            """
        try PrivateFile.create(sesame.folder.file("config"), Secret(utf8: profile))
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        let path = sesame.socketPath
        let answer = try await offPool {
            let socket = try RawSocket(path: path)
            let body = #"{"method":"GET","url":"/things","headers":[],"body":null,"timeout":1}"#
            socket.send(
                "POST /v1/profiles/work/requests HTTP/1.1\r\nHost: sesame\r\n"
                    + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                    + body)
            return try socket.receiveAnswer()
        }
        let problem = try JSON(printed: answer.text)
        #expect(problem["code"]?.string == "temporary", "\(answer.text)")
        #expect(problem["detail"]?.string?.contains("within 1 second") == true, "\(answer.text)")
        #expect(
            server.requests.map(\.line) == ["POST /token HTTP/1.1", "GET /api/things HTTP/1.1"])
    }
}
