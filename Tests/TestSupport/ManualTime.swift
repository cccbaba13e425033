package import SesameSystem

/// A clock that a test moves by hand; sleepers wake when it has moved far enough.
package final class ManualTime: TimeSource {
    private struct State {
        var now: Timestamp
        var uptime = Duration.zero
        var sleepers: [(number: Int, until: Duration, wake: CheckedContinuation<Void, Never>)] = []
        var lastNumber = 0
    }
    private let state: Locked<State>

    package init(now: Timestamp = Timestamp(seconds: 1_790_000_000)) {
        state = Locked(State(now: now))
    }

    package var now: Timestamp { state.withLock { $0.now } }
    package var uptime: Duration { state.withLock { $0.uptime } }

    /// How many wait for the clock.
    package var sleepers: Int { state.withLock(\.sleepers.count) }

    /// Returns once somebody waits for the clock: moved before that, it would be waited for without an end.
    package func waitForSleeper() async throws {
        let deadline = ContinuousClock.now + patience
        while sleepers == 0 {
            guard ContinuousClock.now < deadline else { throw NobodySleeps() }
            await Task.yield()
        }
    }

    private struct NobodySleeps: Error {}

    /// Moves both clocks on.
    package func advance(seconds: Int64) {
        let due = state.withLock { state in
            state.now = state.now.adding(seconds: seconds)
            state.uptime += .seconds(seconds)
            let uptime = state.uptime
            let due = state.sleepers.filter { $0.until <= uptime }.map(\.wake)
            state.sleepers.removeAll { $0.until <= uptime }
            return due
        }
        for wake in due { wake.resume() }
    }

    /// Sets the wall clock alone, as a clock correction does.
    package func setWallClock(_ now: Timestamp) {
        state.withLock { $0.now = now }
    }

    /// Who is cancelled wakes at once: an alarm that nobody waits for any more is none.
    package func sleep(for duration: Duration) async throws(CancellationError) {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { wake in
                let isDue = state.withLock { state in
                    let until = state.uptime + duration
                    if until <= state.uptime || Task.isCancelled { return true }
                    state.sleepers.append((number, until, wake))
                    return false
                }
                if isDue { wake.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let place = state.sleepers.firstIndex { $0.number == number }
                return place.map { state.sleepers.remove(at: $0).wake }
            }
            sleeper?.resume()
        }
        if Task.isCancelled { throw CancellationError() }
    }
}
