import CLinux
import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A captured program` {
    @Test func `gives what it printed, byte by byte`() async throws {
        let output = try await run("/bin/echo", ["one", "two  three"])
        #expect(output.dangerouslyRevealedText() == "one two  three\n")
    }

    @Test func `gets its arguments without a shell`() async throws {
        let output = try await run("/bin/echo", ["$HOME;", "`id`", "*", "a|b", ">x"])
        #expect(output.dangerouslyRevealedText() == "$HOME; `id` * a|b >x\n")
    }

    @Test func `gets the given variables, no input, and no descriptor of ours`() async throws {
        // Without close-on-exec, as a foreign library might open it.
        let careless = FileDescriptor(owning: unsafe open("/dev/null", O_RDONLY))
        try #require(careless.number >= 0)
        let variables = try await run("/usr/bin/env", [], environment: ["ONLY": "this"])
        #expect(variables.dangerouslyRevealedText() == "ONLY=this\n")
        let rest = try await shell("cat; ls /proc/self/fd | tr '\\n' ' '")
        // The fourth is the one with which `ls` reads the folder.
        #expect(rest.dangerouslyRevealedText() == "0 1 2 3 ")
    }

    @Test func `reads what it is given, and then the end`() async throws {
        let given = String(repeating: "x", count: 4095) + "\n"
        let output = try await offPool {
            try CapturedProgram.output(
                of: "/bin/cat", [], environment: [:], input: Secret(utf8: given), limit: 8192,
                within: .seconds(20))
        }
        #expect(output.dangerouslyRevealedText() == given)
        // Nothing that might not fit in a pipe: nobody would be there to read it.
        await #expect(throws: CapturedProgram.Failure.self) {
            try await offPool {
                try CapturedProgram.output(
                    of: "/bin/cat", [], environment: [:], input: Secret(utf8: given + "x"),
                    limit: 8192, within: .seconds(20))
            }
        }
    }

    @Test func `says nothing of its errors, only its status`() async throws {
        #expect(try await shell("echo planted-secret >&2").isEmpty)
        #expect(await failure { try await self.shell("echo key; exit 3") } == .failed(status: 3))
        #expect(await failure { try await self.shell("kill -TERM $$") } == .failed(status: 143))
    }

    /// Text file busy (ETXTBSY): somebody has it open for writing, for a moment longer.
    @Test func `that is still being written is started when that is done`() async throws {
        let folder = TemporaryFolder()
        let path = folder.file("program")
        try PrivateFile.create(path, Secret(utf8: "#!/bin/sh\necho done\n"))
        unsafe chmod(path, 0o700)
        // On threads of their own, which do not wait for other tests.
        let output = try await offPool {
            let writer = unsafe open(path, O_WRONLY)
            try startThread(name: "writer") { close(writer) }
            return try CapturedProgram.output(
                of: path, [], environment: [:], limit: 100, within: .seconds(60))
        }
        #expect(output.dangerouslyRevealedText() == "done\n")
    }

    @Test func `that is not there cannot be started`() async throws {
        #expect(await failure { try await self.run("/nowhere/pass", []) } == .notStarted)
    }

    @Test func `that never ends is killed when its time has passed`() async throws {
        let started = SystemTime().uptime
        let error = await failure {
            try await self.run("/bin/sleep", ["600"], within: .milliseconds(200))
        }
        #expect(error == .overdue)
        // Half of its ten minutes: whoever tests at the same time may keep this one waiting.
        #expect(SystemTime().uptime - started < .seconds(300))
    }

    @Test func `that ends its output before itself is waited for, and not for ever`() async throws {
        let error = await failure {
            try await self.shell("echo key; exec >&-; exec sleep 600", within: .milliseconds(200))
        }
        #expect(error == .overdue)
        #expect(try await shell("echo key; exec >&-; exit 0").dangerouslyRevealedText() == "key\n")
    }

    @Test func `that prints without end is killed at the limit`() async throws {
        #expect(await failure { try await self.run("/usr/bin/yes", []) } == .tooLong)
        #expect(try await shell("printf %1000s x").count == 1000)
        #expect(await failure { try await self.shell("printf %1001s x") } == .tooLong)
    }

    /// A grandchild that holds the pipe, as a started gpg-agent does.
    @Test func `is not waited for by way of what it left running, which is killed`() async throws {
        let output = try await shell("sleep 600 & echo $!")
        let grandchild = try #require(
            pid_t(output.dangerouslyRevealedText().split(separator: "\n").first ?? ""))
        try await offPool { try expectEnd(of: grandchild) }
    }

    private func shell(_ line: String, within time: Duration = .seconds(30)) async throws -> Secret
    {
        try await run("/bin/sh", ["-c", line], within: time)
    }

    private func run(
        _ program: String, _ arguments: [String],
        environment: [String: String] = ["PATH": "/usr/bin:/bin"],
        within time: Duration = .seconds(30)
    ) async throws -> Secret {
        try await offPool {
            try CapturedProgram.output(
                of: program, arguments, environment: environment, limit: 1000, within: time)
        }
    }

    private func failure(
        of body: () async throws -> Secret
    ) async -> CapturedProgram.Failure? {
        do {
            _ = try await body()
            return nil
        } catch {
            return error as? CapturedProgram.Failure
        }
    }
}

/// Waits for the end of a process that is not our child.
private func expectEnd(of process: pid_t) throws {
    let handle = clinux_process_handle(process)
    guard handle >= 0 else {
        #expect(errno == ESRCH)
        return
    }
    defer { close(handle) }
    var poll = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
    #expect(unsafe Glibc.poll(&poll, 1, 10_000) == 1, "it still runs")
}
