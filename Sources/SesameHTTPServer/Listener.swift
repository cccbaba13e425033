import CLinux
import Glibc
import SesameSystem

/// A listening socket that any thread may close at any time.
///
/// Accepting and closing exclude each other: a descriptor's number may be another file's as soon as
/// it is closed.
final class Listener: Sendable {
    /// What accepting brought.
    enum Accepted: Sendable {
        case connection(Int32, Peer)
        case nothing
        /// The process has no descriptor left.
        case exhausted
    }

    private struct Open: Sendable {
        let socket: Int32
        let watch: Watch
    }

    private let loop: EventLoop
    private let open: Locked<Open?>
    /// The name of a UNIX socket, removed on closing.
    private let name: SocketName?
    private let identifiesUsers: Bool

    /// Takes over a listening socket; `ready` runs on the loop's thread when somebody connects.
    /// - Parameter identifiesUsers: whether the kernel is asked whose the other end of a TCP connection is.
    init(
        _ socket: consuming FileDescriptor, name: SocketName? = nil, identifiesUsers: Bool = false,
        loop: EventLoop, ready: @escaping @Sendable (Listener) -> Void
    ) throws(SystemError) {
        self.loop = loop
        self.name = name
        self.identifiesUsers = identifiesUsers
        open = Locked(nil)
        let watch = try loop.watch(socket.number, for: .nothing) { [weak self] _, _ in
            if let self { ready(self) }
        }
        let number = socket.release()
        open.withLock { $0 = Open(socket: number, watch: watch) }
        loop.change(watch, to: .reading)
    }

    deinit { close() }

    func accept() -> Accepted {
        open.withLock { open in
            guard let open else { return .nothing }
            while true {
                let number = clinux_accept(open.socket)
                if number >= 0 {
                    if let peer = peer(of: number) { return .connection(number, peer) }
                    Glibc.close(number)
                    continue
                }
                switch errno {
                case EINTR, ECONNABORTED: continue
                case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
                default: return .nothing
                }
            }
        }
    }

    func pause() { open.withLock { open in if let open { loop.change(open.watch, to: .nothing) } } }

    func resume() {
        open.withLock { open in if let open { loop.change(open.watch, to: .reading) } }
    }

    /// Closes the port; it is closed when this returns.
    func close() {
        open.withLock { open in
            guard let last = open else { return }
            loop.remove(last.watch)
            Glibc.close(last.socket)
            open = nil
        }
        name?.remove()
    }

    private func peer(of socket: Int32) -> Peer? {
        var (pid, uid, gid): (Int32, UInt32, UInt32) = (0, 0, 0)
        if unsafe clinux_peer(socket, &pid, &uid, &gid) == 0 {
            return .process(pid: pid, uid: uid, gid: gid)
        }
        guard errno == EAFNOSUPPORT else { return nil }
        guard identifiesUsers, unsafe clinux_tcp_peer_user(socket, &uid) == 0 else {
            return .loopback
        }
        return .user(uid)
    }
}
