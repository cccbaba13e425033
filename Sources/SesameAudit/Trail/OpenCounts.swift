import SesameSystem

/// What was recorded within the last minute: repeats of it are counted, and become one record.
struct OpenCounts {
    /// Repeats of one event.
    struct Repeats: Equatable {
        let event: AuditEvent
        var count: Int64 = 0
        var first = Timestamp(seconds: 0)
        var last = Timestamp(seconds: 0)
    }

    /// What became of an event.
    enum Outcome {
        /// It repeats one that is written, and is the first that does.
        case begins
        /// It repeats one that is written, as others did.
        case repeats
        /// It has to be written.
        case new
    }

    private var open: [AuditEvent: (repeats: Repeats, until: Duration)] = [:]
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Counts an event that repeats one of the last minute.
    mutating func count(_ event: AuditEvent, at now: Timestamp, _ uptime: Duration) -> Outcome {
        let purpose = event.purpose
        guard let index = open.index(forKey: purpose), open.values[index].until > uptime else {
            return .new
        }
        open.values[index].repeats.count += 1
        open.values[index].repeats.last = now
        guard open.values[index].repeats.count == 1 else { return .repeats }
        open.values[index].repeats.first = now
        return .begins
    }

    /// Begins a minute for an event that was written.
    mutating func begin(_ event: AuditEvent, _ uptime: Duration) {
        let purpose = event.purpose
        open[purpose] = (Repeats(event: purpose), uptime + Self.minute)
    }

    /// Takes out what is over; all of it where the table is full.
    mutating func takeDue(at uptime: Duration) -> [Repeats] {
        let isFull = open.count >= capacity
        return take { isFull || $0 <= uptime }
    }

    /// Takes out everything.
    mutating func takeAll() -> [Repeats] { take { _ in true } }

    /// Whether anything was counted that is not written.
    var hasRepeats: Bool { open.values.contains { $0.repeats.count > 0 } }

    private mutating func take(_ isDue: (Duration) -> Bool) -> [Repeats] {
        let due = open.filter { isDue($0.value.until) }
        for purpose in due.keys { open[purpose] = nil }
        return due.values.map(\.repeats).filter { $0.count > 0 }
            .sorted { ($0.first, $0.last) < ($1.first, $1.last) }
    }

    static let minute = Duration.seconds(60)
}
