import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// One expiry, one request: the promise, on the built programs and as the server counts.
@Suite struct `At one expiry` {
    @Test func `forty threads on the broker's socket cause one token request`() async throws {
        let practice = try await Practice("strict")
        let broker = try await practice.startBroker()
        defer { broker.kill() }
        try await stage(practice)
        let path = practice.sesame.socketPath
        let tokens = try await withThrowingTaskGroup { group in
            for _ in 1...40 { group.addTask { try await offPool { try askForToken(path) } } }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        try await check(practice, tokens, count: 40)
    }

    /// They are all connected before the first is answered.
    @Test(.enabled(if: PreloadedLibrary.isExpected, "there is no C compiler"))
    func `a thousand connections cause one token request`() async throws {
        let practice = try await Practice("strict")
        let broker = try await practice.startBroker()
        defer { broker.kill() }
        try await stage(practice)
        let crowd = try CompiledScript("crowd")
        let counted = try await ChildProcess.runAside(
            crowd.path, [practice.sesame.socketPath, "1000", "/v1/profiles/work/token"])
        #expect(counted.output == "200 1000\ncontents 1\n", "\(counted.errors)")
        #expect(try await practice.log().count == 1)
    }

    @Test func `eight processes without a broker cause one token request`() async throws {
        let practice = try await Practice("strict")
        try await stage(practice)
        try await check(practice, try await eightTokens(practice), count: 8)
    }

    @Test func `eight processes with a broker cause one token request`() async throws {
        let practice = try await Practice("strict")
        let broker = try await practice.startBroker()
        defer { broker.kill() }
        try await stage(practice)
        try await check(practice, try await eightTokens(practice), count: 8)
    }

    /// The renewal takes a while, so that everybody comes while it is under way.
    private func stage(_ practice: Practice) async throws {
        try await practice.letTokenExpire()
        try await practice.disturb(#"{"delay_ms":500,"count":100}"#)
    }

    private func eightTokens(_ practice: Practice) async throws -> [String] {
        let running = try (1...8).map { _ in try practice.sesame.start("token", "work") }
        return try await offPool {
            try running.map { process in
                let finished = try process.wait()
                try #require(finished.status == 0, "\(finished.errors)")
                return finished.output.filter { $0 != "\n" }
            }
        }
    }

    private func check(_ practice: Practice, _ tokens: [String], count: Int) async throws {
        #expect(tokens.count == count)
        #expect(Set(tokens).count == 1 && tokens.first != "expiring")
        let log = try await practice.log()
        #expect(log.count == 1)
        #expect(log.first?.isCommitted == true)
    }
}

/// The first time ever, by everybody at once.
@Suite struct `On an empty home` {
    @Test func `eight processes make one key and one store`() async throws {
        let sesame = Sesame()
        let profiles = (1...8).map { "[profile p\($0)]\n" + Self.settings }.joined()
        try PrivateFile.create(sesame.folder.file("config"), Secret(utf8: profiles))
        let running = try (1...8).map { number in
            let arguments = ["setup", "p\(number)", "--username", "ada", "--password-stdin"]
            let process = try sesame.start(arguments)
            process.write("practice")
            process.closeInput()
            return process
        }
        let ended = try await offPool { try running.map { try $0.wait() } }
        let errors = ended.map(\.errors).joined()
        #expect(ended.map(\.status) == Array(repeating: 0, count: 8), "\(errors)")
        #expect(errors.split(separator: "\n").count { $0.contains("made the store key") } == 1)

        let files = try await ChildProcess.runAside("ls", [sesame.folder.path]).output
        let kept = files.split(separator: "\n").filter { !$0.hasPrefix("store.db-") }
        #expect(kept == ["audit.log", "config", "store.db", "store.key"])
        let states = try await sesame.run("status", "--json").split(separator: "\n")
            .map { try JSON(printed: String($0))["state"]?.string }
        #expect(states == Array(repeating: "ready", count: 8))
    }

    private static let settings = """
        provider = mautic
        base_url = https://acme.example
        grant = basic

        """
}

/// What a thread of a program gets that speaks to the socket by itself.
private func askForToken(_ path: String) throws -> String {
    let socket = try RawSocket(path: path)
    socket.send("GET /v1/profiles/work/token HTTP/1.1\r\nHost: sesame\r\n\r\n")
    let answer = try socket.receiveAnswer()
    try #require(answer.status == 200, "\(answer.text)")
    return try #require(try JSON(printed: answer.text)["access_token"]?.string)
}
