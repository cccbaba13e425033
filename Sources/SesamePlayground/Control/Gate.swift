import SesameSystem

/// Where held requests wait.
///
/// Opening it lets those go that wait now; later ones wait again.
final class Gate: Sendable {
    private struct State: Sendable {
        var waiting: [CheckedContinuation<Void, Never>] = []
        var isOpenForGood = false
    }
    private let state = Locked(State())

    /// How many wait.
    var count: Int { state.withLock { $0.waiting.count } }

    func wait() async {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                if !state.isOpenForGood { state.waiting.append(continuation) }
                return state.isOpenForGood
            }
            if goesOn { continuation.resume() }
        }
    }

    func open(forGood: Bool = false) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.isOpenForGood = state.isOpenForGood || forGood
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
