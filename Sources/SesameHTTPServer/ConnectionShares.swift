import Glibc

/// Counts the connections of users other than the owner, who may have so many each and together.
struct ConnectionShares {
    private let owner = geteuid()
    private let limits: ServerLimits
    private var counts: [uid_t: Int] = [:]
    private var total = 0

    init(_ limits: ServerLimits) { self.limits = limits }

    /// Counts a connection in, unless its user has a full share.
    mutating func take(_ peer: Peer) -> Bool {
        guard let user = other(peer) else { return true }
        let count = counts[user, default: 0]
        guard count < limits.connectionsOfAnother, total < limits.connectionsOfOthers else {
            return false
        }
        counts[user] = count + 1
        total += 1
        return true
    }

    /// Counts one out that was counted in.
    mutating func giveBack(_ peer: Peer) {
        guard let user = other(peer), let count = counts[user] else { return }
        counts[user] = count > 1 ? count - 1 : nil
        total -= 1
    }

    private func other(_ peer: Peer) -> uid_t? {
        switch peer {
        case .process(_, let uid, _), .user(let uid): return uid == owner ? nil : uid
        case .loopback, .parent: return nil
        }
    }
}
