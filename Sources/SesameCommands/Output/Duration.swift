import SesameSystem

extension Timestamp {
    /// How far away this time is, in the two largest units: `in 59 min`, `3 h 2 min ago`, `now`.
    func relative(to now: Timestamp) -> String {
        let seconds = now.seconds(until: self)
        let words = inWords(seconds.magnitude)
        return seconds == 0 ? "now" : seconds > 0 ? "in \(words)" : "\(words) ago"
    }
}

/// The two largest units of a time: `59 min`, `3 h 2 min`.
func inWords(_ seconds: UInt64) -> String {
    let units: [(size: UInt64, name: String)] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]
    guard let first = units.firstIndex(where: { seconds >= $0.size }) else { return "0 s" }
    let large = units[first]
    let text = "\(seconds / large.size) \(large.name)"
    // Minutes are exact enough without their seconds.
    guard first < 2 else { return text }
    let small = units[first + 1]
    let rest = seconds % large.size / small.size
    return rest == 0 ? text : "\(text) \(rest) \(small.name)"
}
