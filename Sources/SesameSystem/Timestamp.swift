/// Seconds since 1970-01-01 00:00:00 UTC, leap seconds ignored (RFC 7519's NumericDate).
///
/// All arithmetic saturates: a number from outside can never trap.
public struct Timestamp: Comparable, Hashable, Sendable {
    /// Seconds since the epoch.
    public let seconds: Int64

    /// Wraps a number of seconds.
    public init(seconds: Int64) {
        self.seconds = seconds
    }

    /// The time `delta` seconds later, or the last one that can be expressed.
    public func adding(seconds delta: Int64) -> Timestamp {
        let (sum, overflow) = seconds.addingReportingOverflow(delta)
        return Timestamp(seconds: overflow ? (delta > 0 ? .max : .min) : sum)
    }

    /// Seconds from this time to `later`; negative when that lies before.
    public func seconds(until later: Timestamp) -> Int64 {
        let (difference, overflow) = later.seconds.subtractingReportingOverflow(seconds)
        return overflow ? (later.seconds > 0 ? .max : .min) : difference
    }

    /// Whether this time comes before the other.
    public static func < (first: Timestamp, second: Timestamp) -> Bool {
        first.seconds < second.seconds
    }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC, such as `2026-11-23T08:15:00Z`; years outside 0 … 9999 are clamped.
    public var description: String {
        let clamped = min(max(seconds, -62_167_219_200), 253_402_300_799)
        let days = Int64((Double(clamped) / 86400).rounded(.down))
        let rest = clamped - days * 86400
        let (year, month, day) = civilDate(daysSinceEpoch: days)
        let parts: [(Int64, digits: Int, end: Unicode.Scalar)] = [
            (year, 4, "-"), (month, 2, "-"), (day, 2, "T"), (rest / 3600, 2, ":"),
            (rest / 60 % 60, 2, ":"), (rest % 60, 2, "Z"),
        ]
        return unsafe String(unsafeUninitializedCapacity: 20) { room in
            var end = 0
            for part in parts {
                var value = part.0
                for place in (end..<(end + part.digits)).reversed() {
                    unsafe room[place] = 0x30 + UInt8(truncatingIfNeeded: value % 10)
                    value /= 10
                }
                unsafe room[end + part.digits] = UInt8(ascii: part.end)
                end += part.digits + 1
            }
            return end
        }
    }

    /// Reads RFC 3339 in UTC as ``description`` writes it; `nil` for anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] == 0x54,
            bytes[13] == 0x3A, bytes[16] == 0x3A, bytes[19] == 0x5A,
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
            let day = number(bytes[8..<10]), let hour = number(bytes[11..<13]),
            let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60
        else { return nil }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        guard civilDate(daysSinceEpoch: days) == (year, month, day) else { return nil }
        self.init(seconds: days * 86400 + hour * 3600 + minute * 60 + second)
    }
}

private func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    var value: Int64 = 0
    for digit in digits {
        guard (0x30...0x39).contains(digit) else { return nil }
        value = value * 10 + Int64(digit - 0x30)
    }
    return value
}

/// The Gregorian date of a day, counted in 400-year eras that begin on 1 March.
private func civilDate(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = daysSinceEpoch + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
}

private func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
}
