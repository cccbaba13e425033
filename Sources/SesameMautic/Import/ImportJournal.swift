import SesameJSON
import SesameSecrets
import SesameSystem

/// The file that remembers which rows of an import are done, so that it can go on after whatever ended it.
///
/// It has a line for what is imported, and for each batch one before it is sent and one when it is done: numbers only,
/// nothing of the contacts. Whether rows arrived that were under way, the server is asked.
public final class ImportJournal {
    /// Rows that are done.
    struct Entry: Hashable {
        var rows: ClosedRange<Int>
        var checksum: RowChecksum
        var counts: ImportCounts
        /// What was in the file of failed rows afterwards.
        var failed = FailedRows.Extent()
    }

    /// Why a journal cannot be used.
    public struct Failure: Error, Sendable {
        /// Words for a person, fit to be shown.
        public let message: String
        /// What to do, a sentence each.
        public let hints: [String]
        /// Whether the disk takes no more, so that the same may work later.
        public var isOfDisk = false
    }

    private let file: AppendedFile
    /// What is done, in the order in which it was, and what is under way.
    private(set) var done = JournalledRows()
    /// Whether the file of failed rows is one that this import has made, or was about to make.
    public private(set) var hasFailedRows = false
    /// How that file stood when it was opened.
    private(set) var failedRows = FailedRows.Standing()

    /// Opens the journal of this import, or begins it.
    /// - Parameter identity: what is imported where, and how; an import of another one does not go on here.
    public init(_ path: String, identity: String) throws(Failure) {
        let isOurs: Bool
        do throws(SystemError) {
            file = try AppendedFile(path)
            isOurs = file.lock()
        } catch {
            throw Self.failure(error)
        }
        guard isOurs else {
            throw Failure(
                message: "\(path.sanitised()) is in use: the same import is under way", hints: [])
        }
        var lines = JournalLines(longest: Self.longestLine)
        var isForeign = false
        var first: String?
        do throws(SystemError) {
            try file.read { piece in
                lines.add(piece) { line in
                    if first == nil { first = line } else { isForeign = isForeign || !take(line) }
                }
            }
        } catch {
            throw Self.failure(error)
        }
        guard let first else {
            guard file.length == 0 || lines.rest.hasPrefix(Self.mark) else {
                throw Self.foreign(path)
            }
            try cut(to: 0)
            do {
                try write(
                    .object([("sesame_import", .integer(1)), ("identity", .string(identity))]))
            } catch {
                file.remove()
                throw error
            }
            return
        }
        try check(first, identity)
        guard !isForeign, !lines.hasTooLong else { throw Self.foreign(path) }
        // What was being written when it ended is no line.
        try cut(to: lines.length)
    }

    /// Takes note of a line; `false` for one that is no journal's.
    private func take(_ line: String) -> Bool {
        guard let json = try? JSON(parsing: Secret(utf8: line)) else { return false }
        if let rows = json["sending"].flatMap({ JournalledRows.range($0) }) {
            done.began(rows, json["sum"]?.string.flatMap { RowChecksum($0) })
        } else if let rows = json["given_up"].flatMap({ JournalledRows.range($0) }) {
            done.ended(rows)
        } else if let standing = FailedRows.Standing(json) {
            failedRows = standing
            hasFailedRows = true
        } else if let entry = Entry(json) {
            failedRows = FailedRows.Standing(extent: entry.failed)
            done.add(entry)
        } else {
            return false
        }
        return true
    }

    /// Whether an earlier run has done something.
    public var isResumed: Bool { !done.entries.isEmpty }

    /// Writes down that rows are about to be sent: whether they arrive, nobody knows until they are done.
    /// - Parameter checksum: `nil` where some of these rows are done, and not sent again.
    func begin(_ rows: ClosedRange<Int>, _ checksum: RowChecksum?) throws(Failure) {
        done.began(rows, checksum)
        let sum = checksum.map { [("sum", JSONValue.string($0.text))] } ?? []
        try write(.object([("sending", JournalledRows.json(rows))] + sum))
    }

    /// Writes down what the file of failed rows is about to have: from then on it is this import's.
    func note(_ standing: FailedRows.Standing) throws(Failure) {
        try write(standing.json)
        hasFailedRows = true
    }

    /// Writes down that nothing of these rows is under way any more, whether they are done or not.
    func giveUp(_ rows: ClosedRange<Int>) throws(Failure) {
        done.ended(rows)
        try write(.object([("given_up", JournalledRows.json(rows))]))
    }

    /// Writes down that rows are done.
    func append(_ entry: Entry) throws(Failure) {
        try write(entry.json)
        done.add(entry)
    }

    /// Removes the journal of an import that is complete.
    public func remove() { file.remove() }

    /// Removes one that says nothing: the next try begins where this one did.
    public func removeUnused() {
        if !isResumed, !hasFailedRows, done.underWay.isEmpty { file.remove() }
    }

    private static let mark = #"{"sesame_import":1,"#
    /// The first line has the names of files, and what a person has said of columns.
    private static let longestLine = 1 << 20

    private func check(_ line: String, _ identity: String) throws(Failure) {
        guard let json = try? JSON(parsing: Secret(utf8: line)),
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
        guard !error.isOfDisk else {
            return Failure(
                message: "the journal: \(error)", hints: ["make room on that disk"],
                isOfDisk: true)
        }
        return Failure(
            message: "the journal: \(error)",
            hints: ["name a place where it can be written: --journal FILE"])
    }
}
