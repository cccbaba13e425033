package import SesameBroker
import SesameSystem

/// What the broker has done since it began, in numbers: requests, renewals, and how long both took.
package final class Metrics: Sendable {
    /// A route and what its answer said.
    struct Answer: Hashable, Sendable {
        let method: String
        let path: String
        let status: Int
    }

    /// A proxy and what its answer said.
    struct ProxyAnswer: Hashable, Sendable {
        let proxy: String
        let status: Int
    }

    struct Counts: Sendable {
        var answers: [Answer: UInt64] = [:]
        var latency = Histogram(bounds: Metrics.requestBounds)
        var proxyAnswers: [ProxyAnswer: UInt64] = [:]
        var renewals: [String: UInt64] = [:]
        var renewalLatency = Histogram(bounds: Metrics.renewalBounds)
    }

    private let state = Locked(Counts())

    package init() {}

    /// A copy of everything, as of one moment.
    var counts: Counts { state.withLock { $0 } }

    /// Counts a request that was answered.
    func count(_ answer: Answer, took: Duration) {
        state.withLock { counts in
            counts.answers[answer, default: 0] += 1
            counts.latency.observe(took)
        }
    }

    /// Counts a request that a proxy has answered, or begun to.
    func count(_ answer: ProxyAnswer) {
        state.withLock { $0.proxyAnswers[answer, default: 0] += 1 }
    }

    /// Counts renewals by how they went.
    package func take(_ notice: BrokerNotice) {
        switch notice {
        case .renewed(_, let took):
            state.withLock { counts in
                counts.renewals["renewed", default: 0] += 1
                counts.renewalLatency.observe(took)
            }
        case .renewalFailed(_, let error):
            state.withLock { $0.renewals[error.code.rawValue, default: 0] += 1 }
        case .used, .loggedIn, .loggedOut, .storeChanged: break
        }
    }

    /// Microseconds: from what a held token takes to what a slow server does.
    private static let requestBounds: [Int64] = [
        50, 100, 250, 500, 1000, 2500, 5000, 10_000, 50_000, 250_000, 1_000_000, 10_000_000,
    ]
    private static let renewalBounds: [Int64] = [
        10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
        10_000_000, 30_000_000,
    ]
}

/// How many took how long.
struct Histogram: Sendable {
    /// Upper ends of the buckets, in microseconds; a last one has none.
    let bounds: [Int64]
    /// One count a bucket, of which none contains another.
    private(set) var counts: [UInt64]
    private(set) var sum = Duration.zero

    init(bounds: [Int64]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    mutating func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        counts[bounds.firstIndex { microseconds <= $0 } ?? bounds.count] += 1
        sum += duration
    }
}
