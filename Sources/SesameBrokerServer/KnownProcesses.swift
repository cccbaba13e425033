import SesameHTTPServer
import SesameSecrets
import SesameSystem

/// The processes at the other ends, as they were when they were first looked at: for the audit trail, which need not
/// look at `/proc` for every request of one connection, or of one process that connects again and again.
///
/// What the policy decides it looks up anew each time: a process may have become another program.
final class KnownProcesses: Sendable {
    private struct Entry {
        let process: PeerProcess?
        /// What it ran, as the kernel says it.
        let executable: String?
        /// Of the first connection, since the machine's start.
        let connectedAt: Duration
    }

    private let known = Locked<[Int32: Entry]>([:])
    private static let most = 4096
    /// The number of a process that ended is not given to another one as soon as this.
    private static let lifetime = Duration.seconds(1)

    /// The process at the other end of a connection, in words that can be shown; `nil` where nothing can be told.
    /// - Parameter connectedAt: when the connection was made, since the machine's start.
    func process(_ peer: Peer, connectedAt: Duration) -> PeerProcess? {
        guard case .process(let pid, _, _) = peer, pid > 0 else { return nil }
        let entry = known.withLock { $0[pid] }
        let age = entry.map { connectedAt - $0.connectedAt }
        // A process may become another program at any time, as `sesame exec` does.
        if let entry, let age, .zero <= age, age < Self.lifetime,
            entry.connectedAt == connectedAt || PeerProcess.executable(pid) == entry.executable
        {
            return entry.process
        }
        let found = PeerProcess(pid: pid, connected: connectedAt, withGroups: false)
        let process = found.map {
            PeerProcess(
                executable: $0.executable?.sanitised(limit: 400),
                unit: $0.unit?.sanitised(limit: 200), userUnit: $0.userUnit?.sanitised(limit: 200))
        }
        known.withLock { known in
            if known.count >= Self.most { known.removeAll(keepingCapacity: true) }
            known[pid] = Entry(
                process: process, executable: found?.executable, connectedAt: connectedAt)
        }
        return process
    }
}
