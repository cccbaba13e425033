import SesameSecrets

/// Finds the records of a file of comma-separated values, and the values in them.
struct CSVScanner {
    private enum State {
        /// At the beginning of a value.
        case start
        /// Within a value without quotes, or behind the closing quote of a broken one.
        case plain
        /// Within quotes.
        case quoted
        /// Behind a quote within quotes: the end, or the first of two.
        case quoteSeen
    }

    private static let maximumCells = 10_000

    private var input: TextInput
    private(set) var delimiter = UInt8(ascii: ",")
    private(set) var isDelimiterTold = false
    private var state = State.start
    private var record = CSVRecord(line: 1)
    private var cell = CSVRecord.Cell(start: 0, end: 0)
    private var isTooLarge = false
    private var line = 1
    /// The place of the next character in its line; the first is 1.
    private var column = 1
    /// Where the last quote was opened.
    private var opening = (line: 1, column: 1)
    private var isBehindReturn = false

    init(_ input: TextInput) throws(ContactFileError) {
        self.input = input
        let first = Array(try self.input.firstLine())
        if first.count > 5, first.starts(with: Array("sep=".utf8)),
            first[5] == lineFeed || first[5] == carriageReturn, first[4] != carriageReturn
        {
            delimiter = first[4]
            isDelimiterTold = true
            _ = try next()
        } else {
            delimiter = likeliestDelimiter(of: first)
        }
    }

    var bytesRead: Int64 { input.bytesRead }
    var isMarked: Bool { input.isMarked }

    /// The next record; `nil` at the end.
    mutating func next() throws(ContactFileError) -> CSVRecord? {
        begin()
        while true {
            let bytes = try input.rest()
            guard !bytes.isEmpty else { return try last() }
            var used = 0
            for byte in bytes {
                used += 1
                if isBehindReturn {
                    isBehindReturn = false
                    // The second half of an end of line that was taken for one already.
                    if byte == lineFeed { continue }
                }
                if take(byte) {
                    input.skip(used)
                    return ended()
                }
            }
            input.skip(used)
        }
    }

    private mutating func begin() {
        record = CSVRecord(line: line)
        cell = CSVRecord.Cell(start: 0, end: 0)
        isTooLarge = false
        state = .start
    }

    /// Takes one byte; `true` when the record ends with it.
    private mutating func take(_ byte: UInt8) -> Bool {
        if state != .quoted, byte == lineFeed || byte == carriageReturn {
            isBehindReturn = byte == carriageReturn
            line += 1
            column = 1
            return true
        }
        switch state {
        case .start where byte == quote:
            opening = (line, column)
            state = .quoted
            keep(byte)
            cell = CSVRecord.Cell(
                start: record.source.count, end: record.source.count, isQuoted: true)
        case .start, .plain: plain(byte)
        case .quoted:
            if byte == quote { state = .quoteSeen }
            count(lineOf: byte)
            keep(byte)
        case .quoteSeen where byte == quote:
            state = .quoted
            keep(byte)
        case .quoteSeen:
            cell.end = max(cell.start, record.source.count - 1)
            if byte != delimiter {
                record.defect = record.defect ?? strayText
            }
            plain(byte)
        }
        if byte & 0xC0 != 0x80, byte != lineFeed { column += 1 }
        return false
    }

    private mutating func plain(_ byte: UInt8) {
        guard byte == delimiter else {
            state = .plain
            keep(byte)
            return
        }
        endCell()
        keep(byte)
        cell = CSVRecord.Cell(start: record.source.count, end: record.source.count)
        state = .start
    }

    private mutating func endCell() {
        if !cell.isQuoted { cell.end = record.source.count }
        if !isTooLarge { record.cells.append(cell) }
        if record.cells.count > Self.maximumCells { overflow() }
    }

    private mutating func keep(_ byte: UInt8) {
        guard !isTooLarge else { return }
        record.source.append(byte)
        if record.source.count > maximumRowBytes { overflow() }
    }

    /// Keeps nothing more of this record, so that no file can fill the memory.
    private mutating func overflow() {
        isTooLarge = true
        record.source = []
        record.cells = []
        cell = CSVRecord.Cell(start: 0, end: 0)
    }

    private mutating func count(lineOf byte: UInt8) {
        guard byte == lineFeed else { return }
        line += 1
        column = 1
    }

    private mutating func ended() -> CSVRecord {
        if state == .quoteSeen { cell.end = max(cell.start, record.source.count - 1) }
        endCell()
        if isTooLarge {
            record.source = []
            record.cells = []
            record.defect =
                "line \(record.line): the row has more than \(maximumRowBytes) bytes or \(Self.maximumCells) values"
        }
        return record
    }

    private mutating func last() throws(ContactFileError) -> CSVRecord? {
        guard state != .quoted else {
            throw ContactFileError(
                "line \(opening.line), column \(opening.column): the quote that opens here is never closed",
                hints: ["a quote within a quoted value is written twice"])
        }
        let isNothing =
            state == .start && record.source.isEmpty && record.cells.isEmpty && !isTooLarge
        return isNothing ? nil : ended()
    }

    private var strayText: String {
        "line \(line), column \(column): there is text behind a closing quote; a quote within a quoted value is "
            + "written twice"
    }
}

/// What stands most often between the values of the first line; a comma where nothing does.
private func likeliestDelimiter(of line: [UInt8]) -> UInt8 {
    var counts: [UInt8: Int] = [:]
    var isQuoted = false
    for byte in line {
        if byte == quote { isQuoted.toggle() }
        if isQuoted { continue }
        if byte == lineFeed || byte == carriageReturn { break }
        counts[byte, default: 0] += 1
    }
    let candidates = [",", ";", "\t"] as [Unicode.Scalar]
    return candidates.map { UInt8(ascii: $0) }.reversed().max {
        counts[$0, default: 0] < counts[$1, default: 0]
    }.flatMap { counts[$0, default: 0] > 0 ? $0 : nil } ?? UInt8(ascii: ",")
}

private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
