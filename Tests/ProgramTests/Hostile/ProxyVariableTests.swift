import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// Whoever sets the environment of a program would see its requests, and with a proxy for plain http all of them.
@Suite struct `Proxy variables in the environment` {
    @Test(
        .enabled(if: ChildProcess.path(of: "curl") != nil, "curl is not installed"),
        arguments: ["http", "socks5h"])
    func `T-24: lead no request anywhere, neither to this machine nor to another`(
        scheme: String
    ) async throws {
        let trap = try ScriptedServer { connection in
            // As a proxy that would rather be asked.
            connection.write("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            connection.end()
        }
        let names = ["http_proxy", "https_proxy", "all_proxy"]
        let variables = Dictionary(
            uniqueKeysWithValues: (names + names.map { $0.uppercased() }).map {
                ($0, "\(scheme)://127.0.0.1:\(trap.port)")
            }
        ).merging(["no_proxy": "", "NO_PROXY": ""]) { $1 }
        let server = try ScriptedServer { connection in
            guard let request = connection.request() else { return }
            let token = #"{"access_token":"good","token_type":"Bearer","expires_in":3600}"#
            connection.write(json(request.line.contains(" /token ") ? token : "{}"))
            connection.end()
        }
        let sesame = Sesame(variables: variables)
        let profiles = """
            [profile here]
            token_endpoint = http://127.0.0.1:\(server.port)/token
            base_url = http://127.0.0.1:\(server.port)/api
            client_id = client
            client_auth = none
            grant = client_credentials

            [profile elsewhere]
            token_endpoint = https://id.example.invalid/token
            client_id = client
            client_auth = none
            grant = client_credentials

            """
        try PrivateFile.create(sesame.folder.file("config"), Secret(utf8: profiles))
        // A broker for one command gets its environment from the client, one that runs from its own caller.
        for isRunning in [false, true] {
            let broker = try await isRunning ? sesame.startBroker() : nil
            defer { broker?.kill() }
            #expect(try await sesame.run("token", "here", "--refresh") == "good\n")
            try await sesame.run("request", "here", "/things")
            // Its name has no address; only a proxy could tell.
            let far = try await sesame.attempt(["token", "elsewhere"])
            #expect(far.status == 5 && far.errors.contains("has no address"), "\(far.errors)")
        }
        #expect(server.requests.count == 4)
        #expect(trap.connectionCount == 0)

        // Another program does what they say.
        let environment = ChildProcess.plainEnvironment.merging(variables) { $1 }
        for url in ["http://127.0.0.1:\(server.port)/", "https://id.example.invalid/"] {
            _ = try await ChildProcess.runAside(
                "curl", ["--silent", url], environment: environment)
        }
        #expect(trap.connectionCount == 2 && server.requests.count == 4)
    }
}
