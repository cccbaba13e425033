import SesameJSON

/// What a journal says of rows.
struct JournalledRows {
    /// Rows that are done.
    struct Entry {
        let rows: ClosedRange<Int>
        let checksum: RowChecksum
    }

    /// Those that are done, in the order in which they were.
    private(set) var entries: [Entry] = []
    /// What became of all of them.
    private(set) var counts = ImportCounts()
    /// The batches that were sent and are not done as a whole, by their first rows.
    private var begun: [Int: ClosedRange<Int>] = [:]

    mutating func began(_ rows: ClosedRange<Int>) { begun[rows.lowerBound] = rows }

    /// Nothing of them is under way any more.
    mutating func ended(_ rows: ClosedRange<Int>) {
        if begun[rows.lowerBound] == rows { begun[rows.lowerBound] = nil }
    }

    mutating func add(_ entry: ImportJournal.Entry) {
        entries.append(Entry(rows: entry.rows, checksum: entry.checksum))
        counts.add(entry.counts)
        ended(entry.rows)
    }

    /// Rows that may be on their way to the server, or at work there.
    var underWay: [ClosedRange<Int>] { Array(begun.values) }

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
