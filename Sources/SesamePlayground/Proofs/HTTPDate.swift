import SesameSystem

extension Timestamp {
    /// The time as a `Date` field says it (RFC 9110, section 5.6.7).
    var httpDate: String {
        let parts = description.split { "-T:Z".contains($0) }
        guard parts.count == 6, let month = Int(parts[1]) else { return "" }
        // 1970 began on a Thursday.
        let day = (seconds / 86_400 + 4) % 7
        return "\(days[Int(day)]), \(parts[2]) \(months[month - 1]) \(parts[0])"
            + " \(parts[3]):\(parts[4]):\(parts[5]) GMT"
    }
}

private let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
private let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
]
