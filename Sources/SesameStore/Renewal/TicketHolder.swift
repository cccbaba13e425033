import Glibc
import SesameSystem

/// The process that holds a ticket, and how long it may go on while it is alive.
///
/// Deadlines are wall time, which a suspended machine or a corrected clock carries past a renewal
/// that is still under way; its server may have spent the refresh token already. So processes of one
/// boot go by `CLOCK_MONOTONIC`, which stands still in both cases.
struct TicketHolder {
    /// How long a living process may be late, in seconds.
    static let patience: Int64 = 300

    let process: ProcessIdentity
    /// On `CLOCK_MONOTONIC`, in seconds; `nil` when unknown.
    private let end: Int64?

    init(_ process: ProcessIdentity, for seconds: Int64) {
        self.process = process
        end = Self.awakeSeconds + min(max(seconds, 0), OpenTicket.longestRenewal) + Self.patience
    }

    /// Reads ``text``.
    init(text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        process = ProcessIdentity(text: parts.prefix(4).joined(separator: "/"))
        end = parts.count == 5 ? Int64(parts[4]) : nil
    }

    /// The identity of the process and, behind one more slash, the end; empty when it is unknown.
    var text: String {
        guard let end, !process.text.isEmpty else { return process.text }
        return "\(process.text)/\(end)"
    }

    /// Whether even a living process has had its time; `nil` when that is unknown.
    var isOverdue: Bool? { end.map { $0 <= Self.awakeSeconds } }

    /// Since boot, without the time in which the machine was suspended.
    static var awakeSeconds: Int64 {
        var value = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &value)
        return Int64(value.tv_sec)
    }
}

extension OpenTicket {
    /// Whether another renewal may take the ticket over.
    /// - Parameter asker: the process that would. A process has one renewal of a profile at a time:
    ///   its own ticket is one that it could not give back, and the deadline alone decides.
    func isOverdue(at now: Timestamp, for asker: ProcessIdentity) -> Bool {
        let holder = TicketHolder(text: process)
        switch holder.process.state() {
        case .gone: return true
        case .living where holder.process != asker: return holder.isOverdue ?? isOverdue(at: now)
        case .living, .unknown: return isOverdue(at: now)
        }
    }
}
