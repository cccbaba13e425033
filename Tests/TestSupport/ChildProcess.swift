import CLinux
import Glibc
import SesameSystem

/// Runs programs as a user's shell does: with arguments, an environment of their own and pipes.
package struct ChildProcess {
    /// How a program ended and what it wrote.
    package struct Finished: Sendable {
        /// The exit status; 128 + the signal's number when a signal ended it.
        package let status: Int32
        /// What it wrote to standard output.
        package let output: String
        /// What it wrote to standard error.
        package let errors: String
    }

    /// A program that could not be started, or did not end in time.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// What a program finds in its environment unless the test says otherwise.
    package static let plainEnvironment = [
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
    ]

    /// Runs a program to its end, and to the end of whatever keeps its output open, as `$(…)` does.
    ///
    /// It blocks the calling thread. A test whose own tasks serve the program uses ``runAside``.
    /// - Throws: ``Failure`` when it cannot be started or is not done within the limit (it is killed).
    package static func run(
        _ program: String, _ arguments: [String],
        environment: [String: String] = plainEnvironment, input: [UInt8] = [],
        timeLimit: Duration = patience
    ) throws -> Finished {
        let running = try start(program, arguments, environment: environment)
        running.write(input)
        running.closeInput()
        return try running.wait(timeLimit: timeLimit)
    }

    /// Does what ``run`` does on a thread of its own, so that the test's tasks go on meanwhile.
    package static func runAside(
        _ program: String, _ arguments: [String],
        environment: [String: String] = plainEnvironment, input: [UInt8] = [],
        timeLimit: Duration = patience
    ) async throws -> Finished {
        try await offPool {
            try run(
                program, arguments, environment: environment, input: input, timeLimit: timeLimit)
        }
    }

    /// Starts a program in the background.
    ///
    /// It is killed when the returned value goes.
    /// - Parameter program: a path, or a name that is looked up in the standard folders.
    package static func start(
        _ program: String, _ arguments: [String],
        environment: [String: String] = plainEnvironment
    ) throws -> Running {
        guard let path = path(of: program) else {
            throw Failure(description: "\(program) is not installed")
        }
        let input = try FileDescriptor.pipe()
        let output = try FileDescriptor.pipe()
        let errors = try FileDescriptor.pipe()
        defer { for end in [input.reading, output.writing, errors.writing] { close(end) } }
        let process = spawn(
            path, [program] + arguments, environment.map { "\($0.key)=\($0.value)" },
            streams: [input.reading, output.writing, errors.writing])
        let running = Running(
            program, process: process, input: input.writing, output: output.reading,
            errors: errors.reading)
        guard process > 0 else { throw Failure(description: "\(path) could not be started") }
        return running
    }

    /// Where a program is, or `nil`: the condition of tests that need one.
    package static func path(of program: String) -> String? {
        let places =
            program.contains("/")
            ? [program]
            : ["/usr/local/bin/", "/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"].map { $0 + program }
        return places.first { unsafe access($0, X_OK) == 0 }
    }
}

/// Starts the program with those descriptors as its standard streams; 0 when it cannot be started.
private func spawn(
    _ path: String, _ arguments: [String], _ environment: [String], streams: [Int32]
) -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for (number, stream) in streams.enumerated() {
        unsafe posix_spawn_file_actions_adddup2(&actions, stream, Int32(number))
    }
    // Descriptors that other tests happen to have open are none of this program's.
    unsafe clinux_spawn_close_from(&actions, Int32(streams.count))
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    // The test process may block or ignore signals; a user's shell does not.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    unsafe sigfillset(&signals)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var argv = unsafe arguments.map { unsafe strdup($0) } + [nil]
    var envp = unsafe environment.map { unsafe strdup($0) } + [nil]
    defer { unsafe (argv + envp).forEach { unsafe free($0) } }
    var process: pid_t = 0
    let result = unsafe posix_spawn(&process, path, &actions, &attributes, &argv, &envp)
    return result == 0 ? process : 0
}
