import CLinux
import Glibc
import SesameSecrets

/// The service manager that has started this process, as systemd is.
///
/// What it says and wants to hear is in variables and in datagrams of a few lines, a stable interface
/// that needs no library: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3).
package struct ServiceManager: Sendable {
    /// What it is told.
    package enum Message: Sendable {
        /// The service answers from now on.
        case ready
        /// It reads its configuration again; ``ready`` follows.
        case reloading
        /// It is about to end.
        case stopping
        /// It is alive.
        case watchdog
        /// What it does, in a sentence for people.
        case status(String)
    }

    /// Listening sockets that it has opened for us, in its order; each is closed in children.
    package let sockets: [Int32]
    /// How often it wants to hear ``Message/watchdog``, at the least; `nil` for never.
    package let watchdogInterval: Duration?
    private let address: String?

    /// Reads what the environment says.
    ///
    /// Variables that are for another process, as the parent's may be, say nothing.
    /// - Parameter process: the own process.
    package init(environment: [String: String], process: Int32 = getpid()) {
        address = environment["NOTIFY_SOCKET"].flatMap { Self.isAddress($0) ? $0 : nil }
        let isForUs = { (name: String) in environment[name].flatMap { Int32($0) } == process }
        let count = environment["LISTEN_FDS"].flatMap { Int32($0) } ?? 0
        let isGiven = isForUs("LISTEN_PID") && (1...Self.mostSockets).contains(count)
        sockets = isGiven ? (Self.firstSocket..<Self.firstSocket + count).map(\.self) : []
        for socket in sockets { clinux_set_close_on_exec(socket, 1) }
        let interval = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        let isWatched = environment["WATCHDOG_PID"] == nil || isForUs("WATCHDOG_PID")
        watchdogInterval = isWatched && interval > 0 ? .microseconds(interval) : nil
    }

    /// Says something; where nobody listens, or cannot be reached, nothing happens.
    package func tell(_ messages: Message...) {
        guard let address else { return }
        let text = messages.map(\.line).joined(separator: "\n")
        let socket = Glibc.socket(
            AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return }
        defer { close(socket) }
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(address.utf8)
        // An abstract name begins with a zero byte, and ends with its last one.
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &target.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let length = MemoryLayout<sa_family_t>.size + bytes.count
        unsafe withUnsafePointer(to: &target) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                _ = unsafe sendto(
                    socket, text, text.utf8.count, Int32(MSG_NOSIGNAL), generic,
                    socklen_t(length))
            }
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        let room = MemoryLayout.size(ofValue: sockaddr_un().sun_path)
        return (text.hasPrefix("/") || text.hasPrefix("@")) && text.utf8.count > 1
            && text.utf8.count < room
    }

    /// sd_listen_fds(3): `SD_LISTEN_FDS_START`.
    private static let firstSocket: Int32 = 3
    private static let mostSockets: Int32 = 16
}

extension ServiceManager.Message {
    fileprivate var line: String {
        switch self {
        case .ready: return "READY=1"
        case .reloading:
            // sd_notify(3) wants the moment: CLOCK_MONOTONIC, in microseconds.
            var now = timespec()
            unsafe clock_gettime(CLOCK_MONOTONIC, &now)
            return "RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)"
        case .stopping: return "STOPPING=1"
        case .watchdog: return "WATCHDOG=1"
        case .status(let text): return "STATUS=\(text.sanitised(limit: 200))"
        }
    }
}
