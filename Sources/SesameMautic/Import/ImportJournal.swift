import CLinux
import Glibc
import SesameJSON
import SesameSecrets
import SesameSystem

/// The file that remembers which rows of an import are done, so that it can go on after whatever ended it.
///
/// It has a line for what is imported, and one for each batch that is done: numbers only, nothing of the contacts. Of
/// rows that were under way nothing is said: whether they arrived, the server is asked.
package final class ImportJournal {
    /// Rows that are done.
    struct Entry: Hashable {
        var rows: ClosedRange<Int>
        var checksum: RowChecksum
        var counts: ImportCounts
        /// How long the file of failed rows was afterwards, in bytes.
        var failedBytes: Int64
    }

    /// Why a journal cannot be used.
    package struct Failure: Error, Sendable {
        package let message: String
        package let hints: [String]
    }

    package let path: String
    private let file: FileDescriptor
    /// What was done when it was opened, in the order in which it was done.
    private(set) var entries: [Entry] = []
    private var length: Int64 = 0

    /// Opens the journal of this import, or begins it.
    /// - Parameter identity: what is imported where, and how; an import of another one does not go on here.
    package init(_ path: String, identity: String) throws(Failure) {
        self.path = path
        let number = unsafe clinux_open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw Self.failure(path, SystemError("opening it")) }
        file = FileDescriptor(owning: number)
        guard clinux_lock(file.number) == 0 else {
            throw Failure(
                message: "\(path.sanitised()) is in use: the same import is under way", hints: [])
        }
        let bytes: Secret
        do throws(SystemError) {
            bytes = try FileDescriptor.readAll(file.number, limit: 64 << 20)
        } catch {
            throw Self.failure(path, error)
        }
        // What was being written when it ended is no line.
        let lines = bytes.dangerouslyRevealedText().split(
            separator: "\n", omittingEmptySubsequences: false
        ).dropLast()
        guard let first = lines.first else {
            try begin(identity)
            return
        }
        try check(first, identity)
        length = Int64(first.utf8.count + 1)
        for line in lines.dropFirst() {
            guard let entry = Entry(line) else { throw Self.foreign(path) }
            entries.append(entry)
            length += Int64(line.utf8.count + 1)
        }
        guard ftruncate(file.number, Int(length)) == 0, lseek(file.number, 0, SEEK_END) >= 0 else {
            throw Self.failure(path, SystemError("cutting it"))
        }
    }

    /// Whether an earlier run has done something.
    package var isResumed: Bool { !entries.isEmpty }

    /// Writes down that rows are done.
    func append(_ entry: Entry) throws(Failure) {
        try write(entry.json)
    }

    /// Removes the journal of an import that is complete.
    package func remove() { unsafe unlink(path) }

    private func begin(_ identity: String) throws(Failure) {
        guard ftruncate(file.number, 0) == 0, lseek(file.number, 0, SEEK_SET) == 0 else {
            throw Self.failure(path, SystemError("beginning it"))
        }
        try write(.object([("sesame_import", .integer(1)), ("identity", .string(identity))]))
    }

    private func check(_ line: Substring, _ identity: String) throws(Failure) {
        guard let json = try? JSON(parsing: Secret(utf8: String(line))),
            json["sesame_import"]?.integer == 1, let found = json["identity"]?.string
        else { throw Self.foreign(path) }
        guard found == identity else {
            throw Failure(
                message:
                    "\(path.sanitised()) belongs to another import (\(found.sanitised(limit: 300)))",
                hints: [
                    "name another one: --journal FILE",
                    "or remove it, if that import is not to go on",
                ])
        }
    }

    /// A line as a whole or not at all, as far as the disk lets us.
    private func write(_ json: JSONValue) throws(Failure) {
        var line = SecretBuffer(capacity: 256)
        line.append(json.encoded())
        line.append(UInt8(ascii: "\n"))
        let bytes = Secret(line)
        do throws(SystemError) {
            try bytes.withBytes { bytes throws(SystemError) in try file.writeAll(bytes) }
            length += Int64(bytes.count)
        } catch {
            ftruncate(file.number, Int(length))
            lseek(file.number, 0, SEEK_END)
            throw Self.failure(path, error)
        }
    }

    private static func foreign(_ path: String) -> Failure {
        Failure(
            message: "\(path.sanitised()) is no journal of an import",
            hints: ["name another one: --journal FILE"])
    }

    private static func failure(_ path: String, _ error: SystemError) -> Failure {
        Failure(
            message: "the journal \(path.sanitised()): \(error)",
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
        func count(_ name: String) -> Int? {
            json[name]?.integer.flatMap { $0 >= 0 && $0 <= rows[1] ? Int($0) : nil }
        }
        guard let created = count("created"), let updated = count("updated"),
            let unchanged = count("unchanged"), let failed = count("failed"),
            let incomplete = count("incomplete")
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
