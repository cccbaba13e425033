import Glibc
import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// Four users at one broker, each with the built `sesame`, and what the audit trail says of them afterwards.
@Suite(
    .enabled(
        if: ForeignProgram.isExpected("systemd-socket-activate"),
        "systemd-socket-activate is not installed"))
struct `Users who share a broker` {
    private struct Broker {
        let practice: Practice
        let place = TemporaryFolder()
        let broker: ChildProcess.Running

        var socket: String { place.file("broker.sock") }

        init() async throws {
            practice = try await Practice("strict")
            let sesame = practice.sesame
            let rules = """

                [caller jobs]
                user = 4001
                profile = work
                may = token

                [caller web]
                user = 4002
                executable = \(BuiltPrograms.path(of: "sesame"))
                profile = work
                may = request

                [caller eyes]
                user = 4003
                may = status

                """
            try await sesame.shell("cat <<'END' >>config\n\(rules)END")
            // What is allowed is below the practice server.
            try await sesame.run(
                "setup", "work", "--base-url", "\(practice.playground.origin)/strict/api")
            try #require(unsafe chmod(place.path, 0o755) == 0)
            broker = try sesame.start(
                "systemd-socket-activate",
                [
                    "--listen=\(place.file("broker.sock"))", "--setenv=SESAME_HOME",
                    "--setenv=HOME", BuiltPrograms.path(of: "sesamed"),
                ])
            let path = place.file("broker.sock")
            try await eventually("systemd listens") { unsafe chmod(path, 0o666) == 0 }
        }

        /// Runs the client as another user, who has named the socket.
        func run(_ uid: Int, _ arguments: String...) async throws -> ChildProcess.Finished {
            try await ChildProcess.runAside(
                "setpriv",
                ["--reuid=\(uid)", "--regid=\(uid)", "--clear-groups", "env", "HOME=/nonexistent"]
                    + ["SESAME_SOCKET=\(socket)", BuiltPrograms.path(of: "sesame")] + arguments)
        }
    }

    @Test func `get what the rules give them, and the trail names each`() async throws {
        guard geteuid() == 0 else { try Test.cancel("only root can become another user") }
        let shared = try await Broker()
        defer { shared.broker.kill() }

        let token = try await shared.run(4001, "token", "work")
        #expect(token.status == 0, "\(token.errors)")
        let refusedStore = try await shared.run(4001, "key", "status")
        #expect(refusedStore.status == 6, "\(refusedStore.errors)")

        let sent = try await shared.run(4002, "request", "work", "/things")
        #expect(sent.status == 0 && sent.output.contains("/api/things"), "\(sent.errors)")
        let refusedToken = try await shared.run(4002, "token", "work")
        #expect(refusedToken.status == 6)
        #expect(refusedToken.errors.contains("[caller web] lets user 4002 have request"))

        let seen = try await shared.run(4003, "status", "work")
        #expect(seen.status == 0 && seen.output.contains("ready"), "\(seen.errors)")
        #expect(try await shared.run(4003, "request", "work", "/things").status == 6)

        let stranger = try await shared.run(4004, "status")
        #expect(stranger.status == 6 && stranger.errors.contains("serves another user"))

        shared.broker.terminate()
        _ = try await offPool { try shared.broker.wait() }
        let trail = try await shared.practice.sesame.run("audit", "--json")
        let records = try trail.split(separator: "\n").map { try JSON(printed: String($0)) }
        func record(_ uid: Int64, _ action: String) -> JSON? {
            records.last {
                $0["caller"]?["uid"]?.integer == uid && $0["action"]?.string == action
            }
        }
        #expect(record(4001, "token")?["outcome"]?.string == "granted")
        #expect(record(4001, "token")?["caller"]?["rule"]?.string == "jobs")
        #expect(record(4001, "token")?["fingerprint"]?.string?.isEmpty == false)
        #expect(record(4002, "request")?["outcome"]?.string == "granted")
        #expect(
            record(4002, "request")?["destination"]?.string?.hasSuffix("/strict/api/things") == true
        )
        #expect(
            record(4002, "request")?["caller"]?["executable"]?.string
                == BuiltPrograms.path(of: "sesame"))
        #expect(record(4002, "token")?["outcome"]?.string == "caller_refused")
        #expect(record(4003, "request")?["outcome"]?.string == "caller_refused")
        #expect(!trail.contains(token.output.dropLast()))
        try await shared.practice.sesame.run("audit", "--verify")
    }
}
