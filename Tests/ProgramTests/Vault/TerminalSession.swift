import TestSupport
import Testing

/// A terminal of its own, made by script(1): the program under test takes it for a person's.
struct TerminalSession {
    /// Whether there can be one here: the condition of tests that need it.
    static let isPossible = ForeignProgram.isExpected("script")

    private let running: ChildProcess.Running

    /// Starts a line of shell in a home's folder; `$SESAME` is the program.
    init(_ line: String, in sesame: Sesame) throws {
        let program = BuiltPrograms.path(of: "sesame")
        running = try sesame.start(
            "script",
            [
                "--quiet", "--return", "--echo", "never", "--command",
                "SESAME='\(program)'; cd \"$SESAME_HOME\"; \(line)", "/dev/null",
            ])
    }

    /// Waits for each prompt and types the answer to it, then waits for the end.
    func answer(_ dialogue: [(prompt: String, answer: String)]) async throws
        -> ChildProcess.Finished
    {
        try await offPool {
            for (prompt, answer) in dialogue {
                try running.skip(past: prompt)
                running.write(answer + "\r")
            }
            return try running.wait()
        }
    }
}

extension Sesame {
    /// Runs a line of shell on a terminal, answering what is asked.
    func onTerminal(
        _ line: String, _ dialogue: (prompt: String, answer: String)...
    ) async throws -> ChildProcess.Finished {
        try await TerminalSession(line, in: self).answer(dialogue)
    }

    /// Makes a profile `work` whose login needs no person.
    func setUpService(_ playground: Playground, sourceLocation: SourceLocation = #_sourceLocation)
        async throws
    {
        try await run(
            ["setup", "work", "--issuer", "\(playground.origin)/strict"]
                + ["--client-id", "practice-service", "--grant", "client_credentials"]
                + ["--client-auth", "client_secret_basic", "--client-secret-stdin"],
            input: "practice-secret", sourceLocation: sourceLocation)
    }
}
