import SesameJSON

/// What a journal says of rows.
struct JournalledRows {
    /// Rows that are done.
    struct Entry {
        let rows: ClosedRange<Int>
        let checksum: RowChecksum
    }

    /// Rows that were sent together, of which not all are done: some may be on their way to the server, or at work there.
    struct UnderWay {
        let rows: ClosedRange<Int>
        /// What tells them from others, if it was written down.
        let checksum: RowChecksum?
        /// How many of them are not done.
        fileprivate var open: Int
    }

    /// Those that are done, in the order in which they were.
    private(set) var entries: [Entry] = []
    /// What became of all of them.
    private(set) var counts = ImportCounts()
    private(set) var underWay: [UnderWay] = []

    mutating func began(_ rows: ClosedRange<Int>, _ checksum: RowChecksum?) {
        let others = underWay.filter { $0.rows.overlaps(rows) }
        guard !others.isEmpty else {
            return underWay.append(UnderWay(rows: rows, checksum: checksum, open: rows.count))
        }
        // Sent once more, as a rule the same rows.
        underWay.removeAll { $0.rows.overlaps(rows) }
        let bounds = others.map(\.rows) + [rows]
        let all =
            (bounds.map(\.lowerBound).min() ?? 1)...(bounds.map(\.upperBound).max() ?? 1)
        let done = entries.reduce(0) { $0 + common($1.rows, all) }
        let known = others.count == 1 && others[0].rows == all ? others[0].checksum : nil
        underWay.append(UnderWay(rows: all, checksum: known, open: all.count - done))
    }

    /// Nothing of them is under way any more, nor of those that they were sent with.
    mutating func ended(_ rows: ClosedRange<Int>) {
        underWay.removeAll { $0.rows.overlaps(rows) }
    }

    mutating func add(_ entry: ImportJournal.Entry) {
        entries.append(Entry(rows: entry.rows, checksum: entry.checksum))
        counts.add(entry.counts)
        for index in underWay.indices {
            underWay[index].open -= common(underWay[index].rows, entry.rows)
        }
        underWay.removeAll { $0.open <= 0 }
    }

    static func json(_ rows: ClosedRange<Int>) -> JSONValue {
        .array([.integer(Int64(rows.lowerBound)), .integer(Int64(rows.upperBound))])
    }

    static func range(_ json: JSON) -> ClosedRange<Int>? {
        guard let numbers = json.elements?.compactMap(\.integer), numbers.count == 2,
            numbers[0] >= 1, numbers[0] <= numbers[1], numbers[1] < 1 << 40,
            let first = Int(exactly: numbers[0]), let last = Int(exactly: numbers[1])
        else { return nil }
        return first...last
    }
}

/// The lines of a file that comes in pieces.
struct JournalLines {
    private let longest: Int
    private var bytes: [UInt8] = []
    /// How many bytes the lines have that have ended.
    private(set) var length: Int64 = 0
    /// Whether one was longer than any of ours.
    private(set) var hasTooLong = false

    init(longest: Int) {
        self.longest = longest
    }

    /// What stands behind the last end of a line.
    var rest: String { String(decoding: bytes, as: UTF8.self) }

    mutating func add(_ piece: [UInt8], _ take: (String) -> Void) {
        var rest = piece[...]
        while let end = rest.firstIndex(of: 0x0A) {
            bytes += rest[..<end]
            length += Int64(bytes.count + 1)
            if !hasTooLong { take(String(decoding: bytes, as: UTF8.self)) }
            bytes = []
            rest = rest[(end + 1)...]
        }
        bytes += rest
        if bytes.count > longest {
            hasTooLong = true
            bytes = []
        }
    }
}

/// How many rows are in both.
private func common(_ one: ClosedRange<Int>, _ other: ClosedRange<Int>) -> Int {
    one.overlaps(other) ? one.clamped(to: other).count : 0
}
