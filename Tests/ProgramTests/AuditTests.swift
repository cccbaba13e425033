import Glibc
import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// The trail as the built programs keep it.
@Suite struct `The audit trail of the programs` {
    @Test func `is one chain, whichever broker wrote it and however that ended`() async throws {
        let practice = try await Practice("strict")
        for _ in 0..<2 {
            let broker = try await practice.startBroker()
            #expect(try await practice.end(of: "token", "work").status == 0)
            broker.kill()
            _ = try await offPool { try broker.wait() }
            #expect(try await practice.end(of: "token", "work").status == 0, "by its own broker")
        }
        let broker = try await practice.startBroker()
        for _ in 0..<3 { #expect(try await practice.end(of: "token", "work").status == 0) }
        broker.terminate()
        _ = try await offPool { try broker.wait() }

        let verified = try await practice.end(of: "audit", "--verify")
        #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
        let records = try await practice.end(of: "audit", "work", "--json").output
            .split(separator: "\n").map { try JSON(printed: String($0)) }
        let counts = records.filter { $0["action"]?.string == "token" }
            .map { $0["count"]?.integer ?? 1 }
        #expect(counts == [1, 1, 1, 1, 1, 2], "what was counted is written in the end")
        let callers = records.compactMap { $0["caller"]?["uid"]?.integer }
        #expect(callers.count > 6 && callers.allSatisfy { $0 == Int64(geteuid()) })

        let path = practice.sesame.folder.file("audit.log")
        let whole = try PrivateFile.read(path, limit: 1 << 20).dangerouslyRevealedBytes()
        let cut = whole.dropLast().lastIndex(of: UInt8(ascii: "\n")) ?? 0
        try PrivateFile.replace(path, Secret(copying: Array(whole[...cut])))
        guard KernelKeyring.isAvailable else { return }
        let damaged = try await practice.end(of: "audit", "--verify")
        #expect(damaged.status == 8)
        #expect(damaged.output.hasPrefix("audit.log: ends too early"), "\(damaged.output)")
    }

    @Test(
        .enabled(if: ForeignProgram.isExpected("prlimit"), "prlimit is not installed (util-linux)"),
        arguments: [true, false])
    func `keeps a token back that cannot be recorded, where it must be`(isRequired: Bool)
        async throws
    {
        let practice = try await Practice("strict")
        let path = practice.sesame.folder.file("config")
        let text = try PrivateFile.read(path, limit: 1 << 20).dangerouslyRevealedText()
        let section = "\n[audit]\nrequired = \(isRequired ? "yes" : "no")\n"
        try PrivateFile.replace(path, Secret(utf8: text + section))
        let broker = try await practice.startBroker()
        defer { broker.kill() }
        #expect(try await practice.end(of: "status", "work").status == 0, "the store is open")
        try await setLimit(of: broker, to: "0")
        let answer = try await practice.end(of: "token", "work")
        #expect(answer.status == (isRequired ? 5 : 0), "\(answer.errors)")
        #expect(answer.output.isEmpty == isRequired)
        #expect(answer.errors.contains("cannot be recorded") == isRequired, "\(answer.errors)")

        try await setLimit(of: broker, to: "unlimited")
        #expect(try await practice.end(of: "token", "work").status == 0)
        #expect(try await practice.end(of: "audit", "--verify").status == 0)
    }

    private func setLimit(of process: ChildProcess.Running, to size: String) async throws {
        let ended = try await ChildProcess.runAside(
            "prlimit", ["--pid", "\(process.process)", "--fsize=\(size):unlimited"])
        try #require(ended.status == 0, "\(ended.errors)")
    }
}
