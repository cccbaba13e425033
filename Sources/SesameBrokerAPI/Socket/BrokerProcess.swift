import CLinux
import Glibc
import SesameSecrets
import SesameSystem

/// A `sesamed` that runs for this one command and ends when its socket closes.
struct BrokerProcess: Sendable {
    private let pid: pid_t

    /// Starts the program with one end of a socket pair as its descriptor 3.
    ///
    /// It gets a process group of its own, so that Ctrl-C on the terminal, which is meant for us,
    /// never kills it between a server's answer and the store. Its standard output goes where errors
    /// go: ours is for data.
    static func start(
        _ program: String, environment: [String: String]
    ) throws(Problem) -> Channel {
        guard let pair = try? FileDescriptor.socketPair() else {
            throw Problem(.internal, "no socket pair can be made")
        }
        let ours = FileDescriptor(owning: pair.0)
        let theirs = FileDescriptor(owning: pair.1)
        let pid = spawn(
            [program, "--adopt", "3"], environment: BrokerEnvironment.passed(from: environment),
            descriptor: theirs.number)
        guard let pid else {
            throw Problem(.internal, "the broker program \(program.sanitised()) cannot be started")
        }
        return Channel(ours, process: BrokerProcess(pid: pid))
    }

    /// Waits until the process has ended, but not for ever: one that finishes a renewal may take longer.
    func wait(seconds: Int32) {
        let handle = clinux_process_handle(pid)
        if handle >= 0 {
            var poll = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
            while unsafe Glibc.poll(&poll, 1, seconds * 1000) < 0, errno == EINTR {}
            close(handle)
        }
        waitpid(pid, nil, WNOHANG)
    }
}

/// Which of our variables a broker of our own gets. Everything else, secrets of other programs
/// and `LD_PRELOAD` among it, stays out.
public enum BrokerEnvironment {
    private static let names: Set<String> = [
        "HOME", "PATH", "LANG", "TZ", "CREDENTIALS_DIRECTORY", "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]
    private static let prefixes = ["XDG_", "SESAME_"]

    /// The variables to pass on.
    public static func passed(from environment: [String: String]) -> [String: String] {
        environment.filter { variable in
            names.contains(variable.key) || prefixes.contains { variable.key.hasPrefix($0) }
        }
    }
}

private func spawn(
    _ arguments: [String], environment: [String: String], descriptor: Int32
) -> pid_t? {
    var actions = unsafe posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawnattr_init(&attributes)
    defer {
        unsafe posix_spawn_file_actions_destroy(&actions)
        unsafe posix_spawnattr_destroy(&attributes)
    }
    unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, 3)
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, 2, 1)
    unsafe clinux_spawn_close_from(&actions, 4)
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { unsafe sigaddset(&signals, signal) }
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
    var pid: pid_t = 0
    let assignments = environment.map { "\($0.key)=\($0.value)" }
    let code = unsafe withCStrings(arguments) { arguments in
        unsafe withCStrings(assignments) { assignments in
            unsafe posix_spawn(&pid, arguments[0]!, &actions, &attributes, arguments, assignments)
        }
    }
    return code == 0 ? pid : nil
}
