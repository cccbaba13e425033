import SesameJSON
import SesameSecrets
import SesameSystem

/// The file that remembers which rows of an import are done, so that it can go on after whatever ended it.
///
/// It has a line for what is imported, and one for each batch that is done: numbers only, nothing of the contacts. Of
/// rows that were under way nothing is said: whether they arrived, the server is asked.
public final class ImportJournal {
    /// Rows that are done.
    struct Entry: Hashable {
        var rows: ClosedRange<Int>
        var checksum: RowChecksum
        var counts: ImportCounts
        /// How long the file of failed rows was afterwards, in bytes.
        var failedBytes: Int64
    }

    /// Why a journal cannot be used.
    public struct Failure: Error, Sendable {
        /// Words for a person, fit to be shown.
        public let message: String
        /// What to do, a sentence each.
        public let hints: [String]
    }

    private let file: AppendedFile
    /// What was done when it was opened, in the order in which it was done.
    private(set) var entries: [Entry] = []
    /// Whether the file of failed rows is one that this import has made, or was about to make.
    public private(set) var hasFailedRows = false

    /// Opens the journal of this import, or begins it.
    /// - Parameter identity: what is imported where, and how; an import of another one does not go on here.
    public init(_ path: String, identity: String) throws(Failure) {
        let bytes: Secret?
        do throws(SystemError) {
            file = try AppendedFile(path)
            bytes = file.lock() ? try file.contents(limit: 64 << 20) : nil
        } catch {
            throw Self.failure(error)
        }
        guard let bytes else {
            throw Failure(
                message: "\(path.sanitised()) is in use: the same import is under way", hints: [])
        }
        // What was being written when it ended is no line.
        let lines = bytes.dangerouslyRevealedText().split(
            separator: "\n", omittingEmptySubsequences: false
        ).dropLast()
        guard let first = lines.first else {
            guard bytes.isEmpty || bytes.dangerouslyRevealedText().hasPrefix(Self.mark) else {
                throw Self.foreign(path)
            }
            try cut(to: 0)
            try write(.object([("sesame_import", .integer(1)), ("identity", .string(identity))]))
            return
        }
        try check(first, identity)
        var length = Int64(first.utf8.count + 1)
        for line in lines.dropFirst() {
            if line == Self.failedRows {
                hasFailedRows = true
            } else {
                guard let entry = Entry(line) else { throw Self.foreign(path) }
                entries.append(entry)
            }
            length += Int64(line.utf8.count + 1)
        }
        try cut(to: length)
    }

    /// Whether an earlier run has done something.
    public var isResumed: Bool { !entries.isEmpty }

    /// Writes down that the file of failed rows is about to be made: from then on it is this import's.
    func noteFailedRows() throws(Failure) {
        guard !hasFailedRows else { return }
        try write(.object([("failed_rows", .bool(true))]))
        hasFailedRows = true
    }

    /// Writes down that rows are done.
    func append(_ entry: Entry) throws(Failure) {
        try write(entry.json)
    }

    /// Removes the journal of an import that is complete.
    public func remove() { file.remove() }

    private static let mark = #"{"sesame_import":1,"#
    private static let failedRows = #"{"failed_rows":true}"#

    private func check(_ line: Substring, _ identity: String) throws(Failure) {
        guard let json = try? JSON(parsing: Secret(utf8: String(line))),
            json["sesame_import"]?.integer == 1, let found = json["identity"]?.string
        else { throw Self.foreign(file.path) }
        guard found == identity else {
            throw Failure(
                message:
                    "\(file.path.sanitised()) belongs to another import (\(found.sanitised(limit: 300)))",
                hints: [
                    "name another one: --journal FILE",
                    "or remove it, if that import is not to go on",
                ])
        }
    }

    private func write(_ json: JSONValue) throws(Failure) {
        var line = SecretBuffer(capacity: 256)
        line.append(json.encoded())
        line.append(UInt8(ascii: "\n"))
        do throws(SystemError) {
            try Secret(line).withBytes { bytes throws(SystemError) in try file.append(bytes) }
        } catch {
            throw Self.failure(error)
        }
    }

    private func cut(to length: Int64) throws(Failure) {
        do throws(SystemError) {
            try file.cut(to: length)
        } catch {
            throw Self.failure(error)
        }
    }

    private static func foreign(_ path: String) -> Failure {
        Failure(
            message: "\(path.sanitised()) is no journal of an import",
            hints: ["name another one: --journal FILE"])
    }

    private static func failure(_ error: SystemError) -> Failure {
        Failure(
            message: "the journal: \(error)",
            hints: ["name a place where it can be written: --journal FILE"])
    }
}

extension ImportJournal.Entry {
    fileprivate var json: JSONValue {
        .object([
            ("rows", .array([.integer(Int64(rows.lowerBound)), .integer(Int64(rows.upperBound))])),
            ("sum", .string(checksum.text)), ("created", .integer(Int64(counts.created))),
            ("updated", .integer(Int64(counts.updated))),
            ("unchanged", .integer(Int64(counts.unchanged))),
            ("failed", .integer(Int64(counts.failed))),
            ("incomplete", .integer(Int64(counts.incomplete))),
            ("failed_bytes", .integer(failedBytes)),
        ])
    }

    fileprivate init?(_ line: Substring) {
        guard let json = try? JSON(parsing: Secret(utf8: String(line))),
            let rows = json["rows"]?.elements?.compactMap(\.integer), rows.count == 2, rows[0] >= 1,
            rows[0] <= rows[1], let first = Int(exactly: rows[0]), let last = Int(exactly: rows[1]),
            let sum = json["sum"]?.string.flatMap({ RowChecksum($0) }),
            let bytes = json["failed_bytes"]?.integer, bytes >= 0
        else { return nil }
        let span = rows[1] - rows[0] + 1
        func count(_ name: String) -> Int? {
            json[name]?.integer.flatMap { (0...span).contains($0) ? Int($0) : nil }
        }
        guard last < 1 << 40, let created = count("created"), let updated = count("updated"),
            let unchanged = count("unchanged"), let failed = count("failed"),
            let incomplete = count("incomplete"), created + updated + unchanged + failed == span
        else { return nil }
        var counts = ImportCounts()
        counts.created = created
        counts.updated = updated
        counts.unchanged = unchanged
        counts.failed = failed
        counts.incomplete = incomplete
        self.init(rows: first...last, checksum: sum, counts: counts, failedBytes: bytes)
    }
}
