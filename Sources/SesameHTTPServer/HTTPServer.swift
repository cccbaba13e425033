import CLinux
import Glibc
package import SesameSystem

/// A small, strict HTTP/1.1 server for a few local clients.
///
/// All connections and all handlers share one thread. When the server goes, its ports close and its
/// connections end.
package final class HTTPServer: Sendable {
    /// The thread that serves.
    package let loop: EventLoop
    private let core: ServerCore
    private let listeners = Locked<[Listener]>([])

    /// - Parameters:
    ///   - loop: a thread that other servers have, too; `nil` for one of its own.
    ///   - arrival: told of each connection that was let in, and when it was made.
    ///   - handler: answers each request.
    package init(
        limits: ServerLimits = .init(), loop: EventLoop? = nil, arrival: ServerArrival? = nil,
        handler: @escaping ServerHandler
    ) throws(SystemError) {
        if let loop { self.loop = loop } else { self.loop = try EventLoop() }
        core = ServerCore(loop: self.loop, limits: limits, arrival: arrival, handler: handler)
    }

    deinit { closeListeners() }

    /// Listens on a UNIX socket with mode 0600 in a private folder.
    /// - Throws: `EADDRINUSE` when another process serves there; see ``SocketName``.
    package func listen(unixSocket path: String) throws(SystemError) {
        let name = try SocketName(path)
        let socket = try ListeningSocket.unix(path)
        name.claim()
        try listen(on: socket, name: name)
    }

    /// Listens on a UNIX socket that somebody else has opened, as a service manager does.
    ///
    /// Its name in the file system stays theirs.
    /// - Throws: `EINVAL` when it is none that listens.
    package func listen(inherited socket: consuming FileDescriptor) throws(SystemError) {
        try ListeningSocket.requireListeningUnix(socket)
        try listen(on: socket, name: nil)
    }

    /// Listens on a loopback address; port 0 is any free one.
    ///
    /// Returns the port.
    /// - Parameter identifiesUsers: whether the kernel is asked who connects: ``Peer/user(_:)``.
    /// - Throws: `EADDRINUSE` when somebody else has the port.
    package func listen(
        loopbackPort port: UInt16, family: LoopbackFamily = .ipv4, identifiesUsers: Bool = false
    ) throws(SystemError) -> UInt16 {
        let socket = try ListeningSocket.loopback(port: port, family: family)
        let bound = ListeningSocket.port(of: socket)
        try listen(on: socket, name: nil, identifiesUsers: identifiesUsers)
        return bound
    }

    /// Serves a connection that is already there, such as one end of a socket pair.
    package func adopt(connection: consuming FileDescriptor, peer: Peer) {
        clinux_set_nonblocking(connection.number, 1)
        let number = connection.release()
        loop.post { [core] in
            core.assumeIsolated { $0.serve(FileDescriptor(owning: number), peer: peer) }
        }
    }

    /// Changes how long a client may be waited for within a stream.
    package func setStreamDeadline(_ deadline: Duration) {
        loop.post { [core] in core.assumeIsolated { $0.limits.streamDeadline = deadline } }
    }

    /// Closes the listeners now, lets running requests finish, and returns when all connections are gone.
    /// - Parameter patience: how long that may take before they are cut.
    package func stop(patience: Duration = .seconds(10)) async {
        closeListeners()
        await core.stop(patience: patience)
    }

    /// Closes the listeners; their ports are closed when this returns.
    package func closeListeners() {
        let all = listeners.withLock { listeners in
            defer { listeners = [] }
            return listeners
        }
        for listener in all { listener.close() }
    }

    /// Returns when there is no connection left, adopted ones included.
    package func waitUntilIdle() async { await core.waitUntilIdle() }

    private func listen(
        on socket: consuming FileDescriptor, name: SocketName?, identifiesUsers: Bool = false
    ) throws(SystemError) {
        let listener = try Listener(
            socket, name: name, identifiesUsers: identifiesUsers, loop: loop
        ) { [weak core] listener in
            core?.assumeIsolated { $0.accept(from: listener) }
        }
        listeners.withLock { $0.append(listener) }
        loop.post { [weak core] in core?.assumeIsolated { $0.add(listener) } }
    }
}
