import SesameSystem

/// A date, perhaps with a time, in the spellings that this playground understands: ISO 8601 with or without
/// a time and an offset, `month/day/year`, and seconds since the epoch behind an `@` or with ten digits.
struct PracticeDate: Sendable {
    private let moment: Timestamp

    /// `nil` for everything else; a Mautic understands more, and drops the rest too.
    init?(_ text: String) {
        let text = trimming(text)
        if let seconds = Int64(text.hasPrefix("@") ? String(text.dropFirst()) : text),
            text.utf8.count >= 10
        {
            moment = Timestamp(seconds: seconds)
            return
        }
        let parts = text.split(maxSplits: 1, whereSeparator: { $0 == "T" || $0 == " " }).map(
            String.init)
        guard let first = parts.first, let day = isoDay(first),
            let time = parts.count > 1 ? timeOfDay(parts[1]) : 0,
            let midnight = Timestamp(day + "T00:00:00Z")
        else { return nil }
        moment = midnight.adding(seconds: time)
    }

    /// The day, such as `2026-12-01`.
    var day: String { String(moment.description.prefix(10)) }

    /// Day and time in UTC, such as `2026-12-01 08:00:00`.
    var dayAndTime: String { day + " " + moment.description.dropFirst(11).prefix(8) }

    /// Day and time with the offset, such as `2026-12-01T08:00:00+00:00`.
    var withOffset: String { moment.mauticText }
}

extension Timestamp {
    /// As a Mautic writes its own times.
    var mauticText: String { String(description.dropLast()) + "+00:00" }
}

/// `2026-12-01` or `12/1/2026` as the first of these; the month comes first where there are slashes.
private func isoDay(_ text: String) -> String? {
    if text.contains("-") { return text.utf8.count == 10 ? text : nil }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, parts[2].count == 4, parts[0].count <= 2, parts[1].count <= 2 else {
        return nil
    }
    return "\(parts[2])-\(padded(parts[0]))-\(padded(parts[1]))"
}

private func padded(_ digits: String) -> String { digits.count == 1 ? "0" + digits : digits }

/// Seconds since midnight in UTC of `08:00`, `08:00:00`, `08:00:00Z`, `08:00+02:00` and the like.
private func timeOfDay(_ text: String) -> Int64? {
    var clock = text[...]
    var offset: Int64 = 0
    if clock.hasSuffix("Z") {
        clock = clock.dropLast()
    } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
        guard let seconds = clockSeconds(clock[clock.index(after: sign)...]) else { return nil }
        offset = clock[sign] == "+" ? -seconds : seconds
        clock = clock[..<sign]
    }
    return clockSeconds(clock).map { $0 + offset }
}

private func clockSeconds(_ text: Substring) -> Int64? {
    let whole = text.split(separator: ".").first ?? ""
    let compact = !whole.contains(":") && whole.count == 4
    let parts = compact ? [whole.prefix(2), whole.suffix(2)] : whole.split(separator: ":")
    let numbers = parts.compactMap { Int64($0) }
    guard (1...3).contains(parts.count), numbers.count == parts.count,
        zip(numbers, [23, 59, 59]).allSatisfy({ (0...$1).contains($0) })
    else { return nil }
    return zip(numbers, [3600, 60, 1]).reduce(0) { $0 + $1.0 * $1.1 }
}
