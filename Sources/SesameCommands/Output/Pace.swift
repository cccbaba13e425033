import SesameSystem

/// How fast a long work goes, and how long it will take.
struct Pace {
    private let start: Duration
    private let before: Int64

    /// - Parameters:
    ///   - now: on the boot clock.
    ///   - done: what was done before it began.
    init(now: Duration, done: Int64 = 0) {
        start = now
        before = done
    }

    /// What is done each second; `nil` in the first second.
    func rate(_ done: Int64, now: Duration) -> Double? {
        let seconds = (now - start) / .seconds(1)
        return seconds < 1 ? nil : Double(done - before) / seconds
    }

    /// `812/s, 42 s left`; empty while nobody knows.
    func words(_ done: Int64, of total: Int64?, now: Duration) -> String {
        guard let rate = rate(done, now: now), rate > 0 else { return "" }
        let shown = rate < 10 ? "\((rate * 10).rounded() / 10)/s" : "\(Int(rate))/s"
        guard let total, total > done else { return shown }
        let left = min(Double(total - done) / rate, 1e9).rounded(.up)
        return "\(shown), \(inWords(UInt64(left))) left"
    }
}
