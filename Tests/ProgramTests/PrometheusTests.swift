import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// Debian's Prometheus reads the token from a file that the built broker keeps.
@Suite(
    .enabled(
        if: ForeignProgram.isExpected("prometheus"),
        "prometheus is not installed (apt-get install prometheus)"))
struct `Prometheus with a token file` {
    @Test func `sees one token after another, and not one failed scrape`() async throws {
        // Half of that, and there is another one.
        let practice = try await Practice("strict", "--access-token-lifetime", "8")
        let sesame = practice.sesame
        let token = sesame.folder.file("token")
        try await sesame.shell(
            "printf '\\n[file metrics]\\nprofile = work\\npath = ~/token\\n' >>config")
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        try await eventually("the file is there") { text(token).count > 10 }

        let api = try GuardedAPI(practice.playground, issuer: "strict") { _ in
            (200, "text/plain; version=0.0.4", "things 7\n")
        }
        let page = try waysOut("files.md")
        let scrape = try #require(block("yaml", of: page))
            .replacing("/run/sesame-tokens/work", with: token)
            .replacing("api.example:443", with: "127.0.0.1:\(api.port)")
        try PrivateFile.create(
            sesame.folder.file("prometheus.yml"),
            Secret(utf8: "global: {scrape_interval: 2s, scrape_timeout: 2s}\n\(scrape)"))
        let prometheus = try sesame.start(
            "prometheus",
            [
                "--config.file=\(sesame.folder.file("prometheus.yml"))",
                "--storage.tsdb.path=\(sesame.folder.file("data"))",
                "--web.listen-address=127.0.0.1:0",
            ])
        defer { prometheus.kill() }
        let port = try await offPool { try Self.port(of: prometheus) }

        try await eventually("three tokens have been seen") {
            Set(api.log.compactMap(\.token)).count >= 3
        }
        let log = api.log
        #expect(log.allSatisfy { $0.status == 200 }, "\(log.map(\.status))")
        #expect(log.allSatisfy { $0.token?.contains { $0.isWhitespace } == false })
        // Its own word for it: no scrape of this target has failed since it began.
        let query = "/api/v1/query?query=min_over_time(up%5B1h%5D)"
        try await eventually("Prometheus has stored a scrape") {
            try await get(port, query).contains(#""job":"api""#)
        }
        let worst = try await get(port, query)
        #expect(worst.contains(#","1"]"#) && !worst.contains(#","0"]"#), "\(worst)")
    }

    private static func port(of prometheus: ChildProcess.Running) throws -> UInt16 {
        while let line = try prometheus.nextLine(.errors) {
            guard line.contains("Listening on"), let address = line.firstRange(of: "127.0.0.1:")
            else { continue }
            return try #require(UInt16(line[address.upperBound...].prefix { $0.isNumber }))
        }
        throw SystemError("waiting for Prometheus", code: EPIPE)
    }

    private func get(_ port: UInt16, _ target: String) async throws -> String {
        try await offPool {
            let socket = try RawSocket(port: port)
            socket.send(
                "GET \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return try socket.receiveAnswer().text
        }
    }

    private func text(_ path: String) -> String {
        (try? PrivateFile.read(path, limit: 65_536))?.dangerouslyRevealedText() ?? ""
    }
}
