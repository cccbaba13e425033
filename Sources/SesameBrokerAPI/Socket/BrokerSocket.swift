import CLinux
import Glibc
import SesameSecrets
import SesameSystem

/// Connects to the broker's socket, and only to one that is our own.
enum BrokerSocket {
    /// A connected socket; `nil` when no broker listens there.
    /// - Throws: `caller_refused` when the socket, its folder or the process behind it is not ours.
    static func connect(_ path: String) throws(Problem) -> FileDescriptor? {
        var status = clinux_status()
        guard unsafe clinux_lstat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG { return nil }
            throw refusal(path, "cannot be examined")
        }
        guard status.mode & UInt32(S_IFMT) == UInt32(S_IFSOCK) else {
            throw refusal(path, "is not a socket")
        }
        guard status.owner == geteuid() else { throw refusal(path, "belongs to another user") }
        try checkFolder(of: path)
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Problem(.internal, "no socket can be made") }
        let connection = FileDescriptor(owning: descriptor)
        guard try connect(connection.number, to: path) else { return nil }
        try checkPeer(of: connection.number, path)
        return connection
    }

    /// Nobody else may be able to put another socket in the place of this one.
    private static func checkFolder(of path: String) throws(Problem) {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let folder =
            slash == path.startIndex ? (path.hasPrefix("/") ? "/" : ".") : String(path[..<slash])
        var status = clinux_status()
        guard unsafe clinux_stat(folder, &status) == 0 else {
            throw refusal(folder, "cannot be examined")
        }
        guard status.owner == geteuid() || status.owner == 0 else {
            throw refusal(folder, "belongs to another user")
        }
        guard status.mode & 0o022 == 0 else {
            throw refusal(folder, "can be written by others", hint: "run: chmod go-w on it")
        }
    }

    /// `false` when nobody listens.
    private static func connect(_ descriptor: Int32, to path: String) throws(Problem) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < capacity else { return false }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe Glibc.connect(descriptor, address, length)
            }
        }
        if result == 0 { return true }
        switch errno {
        case ENOENT, ECONNREFUSED: return false
        case EAGAIN, EINTR: throw Problem(.temporary, "the broker is too busy to answer")
        default: throw refusal(path, "cannot be used")
        }
    }

    /// The process that listens must run as us: the kernel says who it is.
    private static func checkPeer(of descriptor: Int32, _ path: String) throws(Problem) {
        var pid: Int32 = 0
        var uid: UInt32 = 0
        var gid: UInt32 = 0
        guard unsafe clinux_peer(descriptor, &pid, &uid, &gid) == 0, uid == geteuid() else {
            throw refusal(path, "is served by another user")
        }
    }

    private static func refusal(_ path: String, _ reason: String, hint: String? = nil) -> Problem {
        Problem(
            .callerRefused, "the broker's socket is not trusted: \(path.sanitised()) \(reason)",
            hints: hint.map { [$0] } ?? [])
    }
}
