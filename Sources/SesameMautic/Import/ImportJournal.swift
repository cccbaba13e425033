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
        /// What was in the file of failed rows afterwards.
        var failed = FailedRows.Extent()
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
    /// How that file stood when it was opened.
    private(set) var failedRows = FailedRows.Standing()

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
            let json = try? JSON(parsing: Secret(utf8: String(line)))
            if let json, let standing = FailedRows.Standing(json) {
                failedRows = standing
                hasFailedRows = true
            } else {
                guard let entry = json.flatMap({ Entry($0) }) else { throw Self.foreign(path) }
                failedRows = FailedRows.Standing(extent: entry.failed)
                entries.append(entry)
            }
            length += Int64(line.utf8.count + 1)
        }
        try cut(to: length)
    }

    /// Whether an earlier run has done something.
    public var isResumed: Bool { !entries.isEmpty }

    /// Writes down what the file of failed rows is about to have: from then on it is this import's.
    func note(_ standing: FailedRows.Standing) throws(Failure) {
        try write(standing.json)
        hasFailedRows = true
    }

    /// Writes down that rows are done.
    func append(_ entry: Entry) throws(Failure) {
        try write(entry.json)
    }

    /// Removes the journal of an import that is complete.
    public func remove() { file.remove() }

    private static let mark = #"{"sesame_import":1,"#

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
