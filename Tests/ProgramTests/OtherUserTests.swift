import Glibc
import TestSupport
import Testing

/// A-1 and A-5: another user at a socket that a service manager has opened to all.
@Suite(
    .enabled(
        if: ForeignProgram.isExpected("systemd-socket-activate") && PreloadedLibrary.isExpected,
        "systemd-socket-activate or a C compiler is not installed"))
struct `Another user at the broker's socket` {
    @Test func `A-1: is refused by the kernel's word, and A-5: cannot keep the owner out`()
        async throws
    {
        guard geteuid() == 0 else { try Test.cancel("only root can become another user") }
        let sesame = Sesame()
        let open = TemporaryFolder()
        try #require(unsafe chmod(open.path, 0o755) == 0)
        let path = open.file("broker.sock")
        // 320 descriptors make 256 connections: 16 for one stranger.
        let command = """
            ulimit -n 320; exec systemd-socket-activate --listen='\(path)' \
              --setenv=SESAME_HOME --setenv=HOME '\(BuiltPrograms.path(of: "sesamed"))'
            """
        let broker = try sesame.start("sh", ["-c", command])
        defer { broker.kill() }
        try await eventually("systemd listens") { unsafe chmod(path, 0o666) == 0 }
        #expect(try await ask(path, []).output.hasSuffix(" 200"))

        let refused = try await ask(path, Self.stranger).output
        #expect(refused.hasSuffix(" 403") && refused.contains("caller_refused"), "\(refused)")

        let program = try CompiledScript("crowd")
        let crowd = try ChildProcess.start(
            "setpriv", Array(Self.stranger.dropFirst()) + [program.path, path, "100", "/v1/health"])
        defer { crowd.kill() }
        let counts = try await offPool { try (0..<3).map { _ in try crowd.nextLine() } }
        #expect(counts == ["403 16", "503 84", "contents 0"])
        // Who still sends when the refusal has been said finds nobody there: curl says 000 then.
        let turnedAway = try await ask(path, Self.stranger).output
        #expect(turnedAway.hasSuffix(" 503") || turnedAway.hasSuffix(" 000"), "\(turnedAway)")
        #expect(try await ask(path, []).output.hasSuffix(" 200"), "the crowd is there still")
        crowd.closeInput()
        _ = try await offPool { try crowd.wait() }
        #expect(try await ask(path, Self.stranger).output.hasSuffix(" 403"))
    }

    private static let stranger = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    /// What comes over the socket, and the status behind it.
    private func ask(_ path: String, _ prefix: [String]) async throws -> ChildProcess.Finished {
        let command =
            prefix + ["curl", "--silent", "--max-time", "30", "--write-out", " %{http_code}"]
            + ["--unix-socket", path, "http://sesame/v1/health"]
        return try await ChildProcess.runAside(command[0], Array(command.dropFirst()))
    }
}
