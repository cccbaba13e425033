/// The last renewals of one profile that failed, one after the other.
///
/// A failure that has come three times is the answer for a moment: a storm of callers who each begin when the one
/// before has failed must not become a storm at the server. Once or twice is tried again at once, since most such
/// troubles are over by then.
struct RepeatedFailure: Sendable {
    private let error: BrokerError
    private let count: Int
    private let until: Duration

    /// - Parameter before: what failed before it, without a success in between.
    init(_ error: BrokerError, after before: RepeatedFailure?, at now: Duration) {
        self.error = error
        count = min((before?.count ?? 0) + 1, Self.most)
        until = now + Self.pause(after: count)
    }

    /// What to answer instead of asking the server again; `nil` when it is to be asked.
    func answer(at now: Duration) -> BrokerError? { now < until ? error : nil }

    /// Whether a failure says something of the server, and not of us.
    static func isCounted(_ error: BrokerError) -> Bool {
        error.code == .temporary || error.code == .serverRefused
    }

    private static func pause(after count: Int) -> Duration {
        count < 3 ? .zero : .milliseconds(100 << (count - 3))
    }

    /// The eighth and all others are the answer for 3.2 seconds.
    private static let most = 8
}
