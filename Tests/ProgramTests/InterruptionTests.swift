import Glibc
import TestSupport
import Testing

@Suite struct `Ctrl-C` {
    private static let scriptIsThere = ForeignProgram.isExpected("script")

    /// The answers to all questions of the guide but the last, which is for the secret.
    private static let answers = ["1", "https://127.0.0.1:1", "1", "client"]

    /// On a terminal of its own (script(1)), which is looked at afterwards.
    @Test(.enabled(if: scriptIsThere, "script is not installed"), arguments: 0...4)
    func `at a question of the guide leaves no trace`(question: Int) async throws {
        let sesame = Sesame()
        let running = try sesame.start(
            "script",
            [
                "--quiet", "--echo", "always", "--command",
                "trap : INT; '\(BuiltPrograms.path(of: "sesame"))' setup; echo \"ended $?\"; stty -a",
                "/dev/null",
            ])
        let prompts = ["Number", "Address", "Number", "Client id", "not shown"]
        let ended = try await offPool {
            for (index, prompt) in prompts.prefix(question + 1).enumerated() {
                try running.skip(past: prompt)
                running.write(index == question ? "\u{3}" : Self.answers[index] + "\r")
            }
            return try running.wait()
        }
        #expect(ended.output.contains("ended 130"), "\(ended.output)")
        #expect(ended.output.contains(" echo "), "the terminal shows what is typed again")
        #expect(try await sesame.shell("ls").output.isEmpty, "nothing was stored")
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `during a login closes the port and keeps the login before`(signal: Int32) async throws {
        let practice = try await Practice("strict")
        let held = try await practice.sesame.run("token", "work")
        let login = try practice.sesame.start("login", "work", "--no-browser")
        let ended = try await offPool {
            _ = try login.nextLine()
            login.signal(signal)
            return try login.wait()
        }
        #expect(ended.status == 130)
        #expect(ended.errors.contains("interrupted"))
        #expect(try await practice.sesame.run("token", "work") == held)
    }
}
