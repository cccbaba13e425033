import SesameSystem

/// Whether a stored date, `2026-12-31`, is the one that was sent.
///
/// A spelling other than ISO 8601 does not count as stored: Mautic guesses at it, American month
/// first, and drops what it cannot read.
func isSameDate(_ sent: String, _ stored: String) -> Bool {
    guard let first = Moment(sent), let second = Moment(stored) else { return sent == stored }
    return first.day == second.day
}

/// Whether a stored time, which Mautic converts to UTC and writes without a zone, is the one sent.
///
/// A time sent without a zone is read in the zone of the server, which may lie up to 14 hours away.
func isSameMoment(_ sent: String, _ stored: String) -> Bool {
    guard let second = Moment(stored) else { return sent == stored }
    if let seconds = Int64(sent) { return seconds == second.utc.seconds }
    guard let first = Moment(sent) else { return false }
    let difference = first.utc.seconds(until: second.utc)
    return first.hasZone
        ? difference == 0 : abs(difference) <= 14 * 3600 && difference % 900 == 0
}

/// Whether this is a date of ISO 8601, which Mautic reads without guessing.
func isDate(_ text: String) -> Bool { Moment(text) != nil }

/// Whether this is a time of ISO 8601, or seconds since the epoch.
func isMoment(_ text: String) -> Bool {
    Moment(text) != nil || (text.utf8.count >= 9 && Int64(text) != nil)
}

/// Whether this says its zone, or needs none.
func isExactMoment(_ text: String) -> Bool {
    Int64(text) != nil || Moment(text)?.hasZone == true
}

/// A date of ISO 8601, with or without a time and a zone.
private struct Moment {
    let day: Substring
    let utc: Timestamp
    let hasZone: Bool

    init?(_ text: String) {
        day = text.prefix(10)
        var rest = text.dropFirst(10)
        guard let midnight = Timestamp("\(day)T00:00:00Z") else { return nil }
        if rest.first == "T" || rest.first == " " { rest = rest.dropFirst() }
        let clock = rest.prefix { $0.isNumber || $0 == ":" || $0 == "." }
        guard let seconds = Self.secondsOfDay(clock),
            let offset = Self.offset(rest.dropFirst(clock.count))
        else { return nil }
        hasZone = rest.count > clock.count
        utc = midnight.adding(seconds: seconds - offset)
    }

    /// Seconds since midnight of `18:30`, `18:30:15` or `18:30:15.123`; none for an empty text.
    private static func secondsOfDay(_ text: Substring) -> Int64? {
        if text.isEmpty { return 0 }
        let whole = text.prefix { $0 != "." }
        let parts = whole.split(separator: ":", omittingEmptySubsequences: false).map {
            Int64($0) ?? 99
        }
        guard (2...3).contains(parts.count), parts[0] < 24, parts[1] < 60, (parts.last ?? 0) < 60
        else {
            return nil
        }
        return parts[0] * 3600 + parts[1] * 60 + (parts.count == 3 ? parts[2] : 0)
    }

    /// Seconds that `Z`, `+01:00` or `+0100` lies east of UTC; none for an empty text.
    private static func offset(_ text: Substring) -> Int64? {
        if text.isEmpty || text == "Z" || text == "z" { return 0 }
        guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
        let digits = text.dropFirst().filter { $0 != ":" }
        guard digits.count == 4, let value = Int64(digits), value <= 1500 else { return nil }
        let seconds = value / 100 * 3600 + value % 100 * 60
        return sign == "+" ? seconds : -seconds
    }
}
