import Glibc
import TestSupport
import Testing

/// What a running broker has done to itself, as the system shows it and as a crash shows it.
@Suite struct `A broker's process` {
    /// Table 4.7, core dumps: the limit is open, the signal is one that dumps, and the same harness
    /// sees the core of a program that is not protected.
    @Test(arguments: [SIGSEGV, SIGABRT, SIGQUIT])
    func `leaves no core and prints no memory when it crashes`(signal: Int32) async throws {
        let unprotected = try await crash("sleep 60", signal, in: TemporaryFolder()) { _ in true }
        guard unprotected.errors.contains("core dumped") else {
            try Test.cancel("this system dumps no cores: \(unprotected.errors)")
        }
        let folder = TemporaryFolder()
        let ended = try await crash(
            "env SWIFT_BACKTRACE=enable=yes '\(BuiltPrograms.path(of: "sesamed"))'", signal,
            in: folder
        ) { folder in (try? RawSocket(path: folder.file("broker.sock"))) != nil }
        #expect(ended.output.contains("status \(128 + signal)"))
        for trace in ["core dumped", "Backtrac", "Registers", "Program crashed", "0x"] {
            #expect(!ended.errors.contains(trace), "\(ended.errors)")
        }
        let files = try await ChildProcess.runAside("ls", [folder.path]).output
        #expect(!files.contains("core"), "\(files)")
    }

    /// libcurl makes a pair of sockets for its own use and marks them in no way; a child still does
    /// not get them, since programs are started with all descriptors above the standard ones closed.
    @Test func `marks every descriptor of its own to be closed in children`() async throws {
        let (sesame, broker) = try await start()
        defer { broker.kill() }
        let list = try await sesame.shell(
            """
            cd /proc/\(broker.process)/fd && for n in *; do echo "$n $(readlink $n)" \
              $(sed -n 's/^flags:[[:space:]]*//p' ../fdinfo/$n); done
            """)
        let entries = list.output.split(separator: "\n").map { $0.split(separator: " ") }
            .filter { $0.count == 3 && (Int($0[0]) ?? 0) > 2 }
        #expect(entries.count >= 4, "\(list.output)")
        let unmarked = try entries.filter { entry in
            let flags = try #require(Int(entry[2], radix: 8))
            return flags & 0o2_000_000 == 0
        }
        #expect(unmarked.count <= 2, "\(unmarked)")
        #expect(unmarked.allSatisfy { $0[1].hasPrefix("socket:") }, "\(unmarked)")
    }

    @Test func `has locked the memory of its secrets`() async throws {
        let (sesame, broker) = try await start()
        defer { broker.kill() }
        let status = try await sesame.shell("grep VmLck /proc/\(broker.process)/status").output
        let locked = status.split(separator: " ").dropLast().last.flatMap { Int($0) }
        #expect(try #require(locked) >= 32, "\(status)")
    }

    /// libcurl writes the keys of TLS connections to the file that `SSLKEYLOGFILE` names.
    @Test func `writes no TLS keys to a file`() async throws {
        let sesame = Sesame()
        let file = sesame.folder.file("keylog")
        let line = """
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \\
              -keyout k.pem -out c.pem 2>/dev/null
            port=$((20000 + $$ % 20000))
            openssl s_server -accept 127.0.0.1:$port -key k.pem -cert c.pem -www -quiet \\
              >/dev/null 2>&1 & server=$!
            trap 'kill $server' EXIT
            export SSLKEYLOGFILE=\(file)
            tries=0
            until curl --silent --insecure --noproxy '*' https://127.0.0.1:$port/ >/dev/null; do
              tries=$((tries + 1)); [ $tries -lt 100 ] || exit 9; sleep 0.05; done
            [ -s keylog ] && echo "control: curl wrote keys"; rm -f keylog
            '\(BuiltPrograms.path(of: "sesamed"))' & broker=$!
            trap 'kill $server $broker' EXIT
            until [ -S broker.sock ]; do sleep 0.02; done
            "$SESAME" setup work --issuer https://127.0.0.1:$port --client-id x 2>&1
            "$SESAME" login work --no-browser </dev/null 2>&1
            [ -e keylog ] && echo "the broker wrote keys"
            exit 0
            """
        let finished = try await sesame.shell(line)
        try #require(finished.output.contains("control: curl wrote keys"), "\(finished)")
        #expect(finished.output.contains("certificate"), "a TLS connection was begun")
        #expect(!finished.output.contains("the broker wrote keys"))
    }

    private func start() async throws -> (Sesame, ChildProcess.Running) {
        let sesame = Sesame()
        return (sesame, try await sesame.startBroker())
    }

    /// Starts a program with cores allowed, ends it by the signal, and returns what it and the shell
    /// that waited for it wrote.
    private func crash(
        _ program: String, _ signal: Int32, in folder: TemporaryFolder,
        isReady: (TemporaryFolder) -> Bool
    ) async throws -> ChildProcess.Finished {
        // The shell names the signal, and says "core dumped" where the kernel has set that bit.
        let script = """
            cd "$SESAME_HOME" && ulimit -c unlimited
            sh -c 'echo $$; exec "$@"' - \(program)
            echo "status $?"
            """
        let environment = ChildProcess.plainEnvironment.merging([
            "SESAME_HOME": folder.path, "HOME": folder.path,
        ]) { $1 }
        let shell = try ChildProcess.start("sh", ["-c", script], environment: environment)
        let process = try #require(try shell.nextLine().flatMap { pid_t($0) })
        try await eventually("it is ready") { isReady(folder) }
        try #require(kill(process, signal) == 0)
        return try await offPool { try shell.wait() }
    }
}
