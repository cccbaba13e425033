import TestSupport
import Testing

/// A store that takes nothing, as on a full disk: here by a limit on the size of files.
@Suite(.enabled(if: ForeignProgram.isExpected("prlimit"), "prlimit is not installed (util-linux)"))
struct `With a store that cannot be written` {
    @Test func `a broker starts no renewal, and renews once it can write again`() async throws {
        let practice = try await Practice("strict")
        let broker = try await practice.startBroker()
        defer { broker.kill() }
        try #require(try await practice.end(of: "token", "work").status == 0, "the store is open")
        try await setLimit(of: broker, to: "0")
        try expectRefusal(try await practice.end(of: "token", "work", "--refresh"))
        #expect(try await practice.log().isEmpty, "the server was asked for nothing")
        let held = try await practice.end(of: "token", "work")
        #expect(held.status == 0, "the held token is good: \(held.errors)")

        try await setLimit(of: broker, to: "unlimited")
        #expect(try await practice.end(of: "token", "work", "--refresh").status == 0)
        #expect(try await practice.log().map(\.isCommitted) == [true])
    }

    @Test func `a broker for one command starts no renewal`() async throws {
        let practice = try await Practice("strict")
        let command = try practice.sesame.start(
            "/bin/sh",
            ["-c", #"ulimit -f 0; exec "$0" token work --refresh"#]
                + [BuiltPrograms.path(of: "sesame")])
        try expectRefusal(try await offPool { try command.wait() })
        #expect(try await practice.log().isEmpty, "the server was asked for nothing")
        #expect(try await practice.end(of: "token", "work", "--refresh").status == 0)
    }

    /// The disk fills up between the ticket and the answer: the tokens are served from memory, and
    /// saved as soon as that can be done.
    @Test(arguments: ["the next command", "the end of the broker"])
    func `a broker keeps an answer until it can be saved`(by occasion: String) async throws {
        let practice = try await Practice("strict")
        let broker = try await practice.startBroker()
        defer { broker.kill() }
        try await practice.disturb(#"{"kind":"held_answer"}"#)
        let renewal = try practice.sesame.start("token", "work", "--refresh")
        try await practice.waitUntilHeld()
        try await setLimit(of: broker, to: "0")
        try await practice.release()
        let served = try await offPool { try renewal.wait() }
        #expect(served.status == 0, "\(served.errors)")

        try await setLimit(of: broker, to: "unlimited")
        if occasion == "the next command" {
            #expect(try await practice.end(of: "token", "work").output == served.output)
            broker.kill()
        } else {
            broker.terminate()
        }
        _ = try await offPool { try broker.wait() }
        #expect(try await practice.end(of: "token", "work").output == served.output)
        let next = try await practice.end(of: "token", "work", "--refresh")
        #expect(next.status == 0, "\(next.errors)")
    }

    private func expectRefusal(_ finished: ChildProcess.Finished) throws {
        #expect(finished.status == 5, "\(finished.errors)")
        #expect(finished.output.isEmpty)
        #expect(finished.errors.contains("the store cannot be written"))
        #expect(finished.errors.contains("check free space"), "\(finished.errors)")
    }

    private func setLimit(of process: ChildProcess.Running, to size: String) async throws {
        let ended = try await ChildProcess.runAside(
            "prlimit", ["--pid", "\(process.process)", "--fsize=\(size):unlimited"])
        try #require(ended.status == 0, "\(ended.errors)")
    }
}
