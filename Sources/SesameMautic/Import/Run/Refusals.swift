import SesameSystem

/// How many rows in succession were refused alone, with none taken in between.
final class Refusals: Sendable {
    /// With more of them it is no row that is to blame.
    static let limit = 20

    private let state: Locked<(rows: Int, hasTaken: Bool)>

    /// - Parameter hasTaken: whether the server has taken anything of this import before.
    init(hasTaken: Bool) {
        state = Locked((0, hasTaken))
    }

    /// Whether it has taken anything: without that nobody can tell whether it is the rows.
    var hasTaken: Bool { state.withLock { $0.hasTaken } }

    /// Counts one more.
    func count() -> Int {
        state.withLock { state in
            state.rows += 1
            return state.rows
        }
    }

    /// Begins anew, since something was taken.
    func forget() { state.withLock { $0 = (0, true) } }
}
