import SesameHTTPServer
import SesameSystem

/// The processes of connections, as they were at the first request: for the audit trail, which need not look at
/// `/proc` for every request of one connection.
///
/// What the policy decides it looks up anew each time: a process may have become another program.
final class KnownProcesses: Sendable {
    private struct Connection: Hashable {
        let pid: Int32
        let connectedAt: Duration
    }

    private let known = Locked<[Connection: PeerProcess?]>([:])
    private static let most = 4096

    /// The process that has sent a request; `nil` where nothing can be told.
    func process(of request: ServerRequest) -> PeerProcess? {
        guard case .process(let pid, _, _) = request.peer, pid > 0 else { return nil }
        let connection = Connection(pid: pid, connectedAt: request.connectedAt)
        if let process = known.withLock({ $0[connection] }) { return process }
        let process = PeerProcess(pid: pid, connected: request.connectedAt)
        known.withLock { known in
            if known.count >= Self.most { known.removeAll(keepingCapacity: true) }
            known[connection] = .some(process)
        }
        return process
    }
}
