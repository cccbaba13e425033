import SesameSystem

/// A clock on which every pause ends at once when the person says so.
struct InterruptibleTime: TimeSource {
    /// How long it takes to notice.
    private static let slice = Duration.milliseconds(200)

    let time: any TimeSource
    let terminal: any Terminal

    var now: Timestamp { time.now }
    var uptime: Duration { time.uptime }

    func sleep(for duration: Duration) async throws(CancellationError) {
        let end = uptime + duration
        while uptime < end {
            guard !terminal.isInterrupted else { throw CancellationError() }
            try await time.sleep(for: min(Self.slice, end - uptime))
        }
    }
}
