/// Spaces the tries of a passphrase (K-12): after each wrong one the next is refused for a time that
/// doubles from one second to ten.
///
/// It is a value without a clock: its owner says what time it is.
package struct AttemptLimit: Sendable {
    private var failures = 0
    private var nextTry = Duration.zero

    package init() {}

    /// How long the next try has to wait; `nil` when it may be made.
    /// - Parameter uptime: the time since the machine's start (``TimeSource/uptime``): turning the wall
    ///   clock shortens nothing.
    package func wait(at uptime: Duration) -> Duration? {
        guard failures > 0, uptime < nextTry else { return nil }
        return nextTry - uptime
    }

    /// Notes a wrong passphrase.
    package mutating func noteFailure(at uptime: Duration) {
        failures = min(failures + 1, 5)
        nextTry = uptime + .seconds(min(1 << (failures - 1), 10))
    }

    /// Notes the right one: the next mistake waits for one second again.
    package mutating func noteSuccess() {
        failures = 0
    }
}
