import Glibc
import SesameSecrets
import SesameSystem

// Who is let in.
extension ServerCore {
    /// Accepts connections of this listener from now on.
    func add(_ listener: Listener) {
        listeners.append(listener)
        if !acceptsConnections { listener.pause() }
    }

    /// Takes in what waits at a listener; a part of it, where there is much.
    func accept(from listener: Listener) {
        for _ in 0..<64 where acceptsConnections {
            switch listener.accept() {
            case .nothing: return
            case .exhausted: return pauseAccepting(for: .milliseconds(100))
            case .connection(let number, let peer):
                admit(FileDescriptor(owning: number), peer)
                if connections.count >= limits.connections { pauseAccepting(for: nil) }
            }
        }
    }

    /// Lets new connections in again, unless there are too many still.
    func resumeAccepting() {
        guard connections.count < limits.connections else { return }
        acceptsConnections = true
        for listener in listeners { listener.resume() }
    }

    private func admit(_ socket: consuming FileDescriptor, _ peer: Peer) {
        guard shares.take(peer) else { return turnAway(socket) }
        serve(socket, peer: peer)
    }

    /// Says that there is no room, as far as the socket takes it at once, and closes.
    private func turnAway(_ socket: consuming FileDescriptor) {
        let answer = ServerResponse.plain(status: 503).encoded(withoutBody: false, closing: true)
        answer.withBytes { bytes in
            unsafe bytes.withUnsafeBufferPointer { buffer in
                _ = unsafe Glibc.send(
                    socket.number, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
        }
    }

    /// Leaves new connections to the kernel's queue: until one of ours ends, or for a while when
    /// descriptors have run out.
    private func pauseAccepting(for duration: Duration?) {
        acceptsConnections = false
        for listener in listeners { listener.pause() }
        guard let duration else { return }
        _ = loop.schedule(after: duration) { [weak self] in
            self?.assumeIsolated { $0.resumeAccepting() }
        }
    }
}
