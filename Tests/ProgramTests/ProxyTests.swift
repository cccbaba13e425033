import Glibc
import SesameJSON
import SesameSystem
import TestSupport
import Testing

/// The built broker with proxies, and curl as their client.
@Suite(.enabled(if: ChildProcess.path(of: "curl") != nil, "curl is not installed"))
struct `The broker's proxies` {
    private func curl(_ arguments: String...) async throws -> ChildProcess.Finished {
        try await ChildProcess.runAside(
            "curl", ["--silent", "--max-time", "300", "--path-as-is"] + arguments)
    }

    @Test func `take curl's requests on a port and on a socket, and follow the configuration`()
        async throws
    {
        let practice = try await Practice("strict", through: nil)
        let port = quietPort()
        let path = practice.sesame.folder.file("sockets/work.sock")
        let sections = """

            [proxy port]
            profile = work
            listen = 127.0.0.1:\(port)

            [proxy socket]
            profile = work
            listen = \(path)

            """
        try await practice.sesame.shell("cat <<'END' >>config\n\(sections)END")
        let broker = try await practice.startBroker()
        defer { broker.kill() }
        // Its own socket is there first.
        try await eventually("the proxies listen") {
            (try? RawSocket(port: port)) != nil && (try? RawSocket(path: path)) != nil
        }

        let byPort = try await curl("http://127.0.0.1:\(port)/things?a=b")
        let seen = try JSON(printed: byPort.output)
        #expect(seen["path"]?.string == "/api/things" && seen["query"]?.string == "a=b")
        #expect(seen["subject"]?.string?.isEmpty == false)
        let bySocket = try await curl(
            "--unix-socket", path, "http://work/things", "--data", "hello", "--header",
            "Authorization: Bearer of-the-client")
        #expect(try JSON(printed: bySocket.output)["body"]?.string == "hello")
        let old = try await curl("--http1.0", "--include", "http://localhost:\(port)/things")
        #expect(old.output.contains("Connection: close"))
        #expect(
            try await curl("--head", "http://localhost:\(port)/things").output.contains(" 200 "))
        let away = try await curl("http://127.0.0.1:\(port)/../token")
        #expect(try JSON(printed: away.output)["code"]?.string == "destination_refused")

        let metrics = try await curl(
            "--unix-socket", practice.sesame.socketPath, "http://sesame/metrics")
        #expect(
            metrics.output.contains(#"sesame_proxy_requests_total{proxy="port",status="200"} 3"#))

        // Only the socket is left.
        try await practice.sesame.shell(
            "sed -i '/^\\[proxy port\\]/,/^listen/d' config")
        kill(broker.process, SIGHUP)
        try await eventually("the port is closed") { (try? RawSocket(port: port)) == nil }
        let still = try await curl("--unix-socket", path, "http://work/things")
        #expect(try JSON(printed: still.output)["method"]?.string == "GET")

        broker.terminate()
        _ = try await offPool { try broker.wait() }
        let audit = try await practice.sesame.run("audit", "--json")
        #expect(audit.contains(#""action":"request""#) && !audit.contains("a=b"))
    }
}
