import CLinux
import Glibc
import SesameSecrets
import SesameSystem

/// Connects to the broker's socket, and only to one that can be trusted with what is typed in.
///
/// That is one of our own or of root, who can do as he likes anyway. Another user's is one only where a person
/// has named it, as that of a broker for the whole machine: then its folder must be that user's, too, or root's.
struct BrokerSocket {
    private let path: String
    private let isNamed: Bool

    /// - Parameter isNamed: whether a person has named this place.
    init(_ path: String, isNamed: Bool) {
        self.path = path
        self.isNamed = isNamed
    }

    /// A connected socket; `nil` when no broker listens there.
    /// - Throws: `caller_refused` when the socket, its folder or the process behind it is not to be trusted.
    func connect() throws(Problem) -> FileDescriptor? {
        var status = clinux_status()
        guard unsafe clinux_lstat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG { return nil }
            throw Self.refusal(path, "cannot be examined")
        }
        guard status.mode & UInt32(S_IFMT) == UInt32(S_IFSOCK) else {
            throw Self.refusal(path, "is not a socket")
        }
        let owner = status.owner
        guard isNamed || isTrusted(owner) else {
            throw Self.refusal(
                path, "belongs to another user", hint: "if that is right, name it: SESAME_SOCKET=…")
        }
        try checkFolder(socketOf: owner)
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Problem(.internal, "no socket can be made") }
        let connection = FileDescriptor(owning: descriptor)
        guard try Self.connect(connection.number, to: path) else { return nil }
        try checkPeer(of: connection.number, socketOf: owner)
        return connection
    }

    private func isTrusted(_ user: UInt32) -> Bool { user == geteuid() || user == 0 }

    /// Nobody else may be able to put another socket in the place of this one.
    private func checkFolder(socketOf owner: UInt32) throws(Problem) {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let folder =
            slash == path.startIndex ? (path.hasPrefix("/") ? "/" : ".") : String(path[..<slash])
        var status = clinux_status()
        guard unsafe clinux_stat(folder, &status) == 0 else {
            throw Self.refusal(folder, "cannot be examined")
        }
        guard isTrusted(status.owner) || isNamed && status.owner == owner else {
            throw Self.refusal(folder, "belongs to another user")
        }
        guard status.mode & 0o022 == 0 else {
            throw Self.refusal(folder, "can be written by others", hint: "run: chmod go-w on it")
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

    /// The kernel says who listens: the broker, or the manager that has opened the socket for it.
    private func checkPeer(
        of descriptor: Int32, socketOf owner: UInt32
    ) throws(Problem) {
        var pid: Int32 = 0
        var uid: UInt32 = 0
        var gid: UInt32 = 0
        guard unsafe clinux_peer(descriptor, &pid, &uid, &gid) == 0,
            isTrusted(uid) || uid == owner
        else {
            throw Self.refusal(path, "is served by another user")
        }
    }

    private static func refusal(_ path: String, _ reason: String, hint: String? = nil) -> Problem {
        Problem(
            .callerRefused, "the broker's socket is not trusted: \(path.sanitised()) \(reason)",
            hints: hint.map { [$0] } ?? [])
    }
}
