import Glibc

/// Where the time comes from: the machine's clocks, or a test's hand.
public protocol TimeSource: Sendable {
    /// Wall time: what token lifetimes are measured in. It may jump in both directions.
    var now: Timestamp { get }
    /// Time since boot, sleep included: what waiting is measured in. It never jumps back.
    var uptime: Duration { get }
    /// Waits on the boot clock.
    /// - Throws: `CancellationError` when the task is cancelled.
    func sleep(for duration: Duration) async throws(CancellationError)
}

/// The machine's own clocks.
public struct SystemTime: TimeSource {
    /// Makes the source; it has no state.
    public init() {}

    /// `CLOCK_REALTIME`, in whole seconds.
    public var now: Timestamp { Timestamp(seconds: read(CLOCK_REALTIME).seconds) }

    /// `CLOCK_BOOTTIME`.
    public var uptime: Duration {
        let (seconds, nanoseconds) = read(CLOCK_BOOTTIME)
        return .seconds(seconds) + .nanoseconds(nanoseconds)
    }

    /// Sleeps on the continuous clock, which counts the time that the machine is suspended.
    public func sleep(for duration: Duration) async throws(CancellationError) {
        do {
            try await Task.sleep(for: duration, clock: .continuous)
        } catch {
            throw CancellationError()
        }
    }

    private func read(_ clock: clockid_t) -> (seconds: Int64, nanoseconds: Int64) {
        var value = timespec()
        unsafe clock_gettime(clock, &value)
        return (Int64(value.tv_sec), Int64(value.tv_nsec))
    }
}
