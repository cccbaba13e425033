import CLinux
import Glibc

/// A program that was started without a shell.
package struct SpawnedProgram: Sendable {
    /// How it is placed beside us.
    package enum Placement: Sendable {
        /// In a process group of its own: Ctrl-C on the terminal does not reach it. Standard output
        /// goes where errors go, and one of our descriptors becomes its descriptor 3.
        case companion(descriptor: Int32)
        /// In a session of its own, silent: it may outlive us.
        case detached
        /// In a process group of its own; standard output goes to one of our descriptors, and what it
        /// says about errors to nobody. It reads from another one.
        case captured(output: Int32, input: Int32)
    }

    private let pid: pid_t

    /// Starts a program by its path, with nothing to read and no descriptor beyond those of its
    /// placement; `nil` when that fails.
    package init?(
        _ program: String, _ arguments: [String], environment: [String: String],
        _ placement: Placement
    ) {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe prepare(&actions, &attributes, placement)
        let assignments = environment.map { "\($0.key)=\($0.value)" }
        var pid: pid_t = 0
        var code = ETXTBSY
        // A program that was written a moment ago is busy while a child that another thread is starting
        // has the descriptor of its writer, which is until that child's own program begins.
        for attempt in 0..<200 where code == ETXTBSY {
            if attempt > 0 { usleep(5000) }
            code = unsafe withCStrings([program] + arguments) { arguments in
                unsafe withCStrings(assignments) { assignments in
                    unsafe posix_spawn(&pid, program, &actions, &attributes, arguments, assignments)
                }
            }
        }
        guard code == 0 else { return nil }
        self.pid = pid
    }

    /// A descriptor that becomes readable when it ends (pidfd_open(2)).
    func handle() throws(SystemError) -> FileDescriptor {
        let handle = clinux_process_handle(pid)
        guard handle >= 0 else { throw SystemError("watching a program") }
        return FileDescriptor(owning: handle)
    }

    /// Waits until it has ended, but not for ever.
    /// - Returns: its exit status, as ``exitStatus()`` gives it.
    @discardableResult
    package func wait(seconds: Int32) -> Int32? {
        if let handle = try? handle() {
            var poll = pollfd(fd: handle.number, events: Int16(POLLIN), revents: 0)
            while unsafe Glibc.poll(&poll, 1, seconds * 1000) < 0, errno == EINTR {}
        }
        return exitStatus()
    }

    /// Kills it and what else is in its process group.
    ///
    /// To be called before anybody has asked for the exit status: until then the number is its own.
    func killGroup() {
        kill(-pid, SIGKILL)
    }

    /// Its exit status if it has ended, 128 and the signal where one killed it; to be asked until
    /// there is an answer, and not again.
    package func exitStatus() -> Int32? {
        var status: Int32 = 0
        guard unsafe waitpid(pid, &status, WNOHANG) == pid else { return nil }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    }
}

private func prepare(
    _ actions: inout posix_spawn_file_actions_t, _ attributes: inout posix_spawnattr_t,
    _ placement: SpawnedProgram.Placement
) {
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    var flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    switch placement {
    case .companion(let descriptor):
        unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, 3)
        unsafe posix_spawn_file_actions_adddup2(&actions, 2, 1)
        unsafe clinux_spawn_close_from(&actions, 4)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        flags |= POSIX_SPAWN_SETPGROUP
    case .detached:
        for number in [1, 2] as [Int32] {
            unsafe posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_WRONLY, 0)
        }
        unsafe clinux_spawn_close_from(&actions, 3)
        flags |= spawnInNewSession
    case .captured(let output, let input):
        unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        unsafe clinux_spawn_close_from(&actions, 3)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        flags |= POSIX_SPAWN_SETPGROUP
    }
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { unsafe sigaddset(&signals, signal) }
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
}

/// `POSIX_SPAWN_SETSID`, which glibc shows only under `_GNU_SOURCE`.
private let spawnInNewSession: Int32 = 0x80
