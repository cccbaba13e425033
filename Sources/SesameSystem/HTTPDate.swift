extension Timestamp {
    /// Reads the one form of a date that is still written (RFC 9110, section 5.6.7), such as
    /// `Sun, 06 Nov 1994 08:49:37 GMT`; the day of the week is not looked at.
    package init?(httpDate text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].utf8.count == 4, parts[5] == "GMT",
            let month = months.firstIndex(of: parts[2])
        else { return nil }
        let number = (month < 9 ? "0" : "") + String(month + 1)
        self.init("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
    }

    /// The time as a `Date` field says it (RFC 9110, section 5.6.7).
    package var httpDate: String {
        let parts = description.split { "-T:Z".contains($0) }
        guard parts.count == 6, let month = Int(parts[1]) else { return "" }
        // 1970 began on a Thursday.
        let day = (seconds / 86_400 + 4) % 7
        return "\(days[Int(day)]), \(parts[2]) \(months[month - 1]) \(parts[0])"
            + " \(parts[3]):\(parts[4]):\(parts[5]) GMT"
    }
}

private let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
private let months: [Substring] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
]
