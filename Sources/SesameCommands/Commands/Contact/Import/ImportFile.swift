import CLinux
import Glibc
import SesameBrokerAPI
import SesameMautic
import SesameSecrets
import SesameSystem

/// The file that is imported.
final class ImportFile: Sendable {
    /// How it is built.
    enum Format: String, CaseIterable {
        case csv
        case jsonl
    }

    private let path: String
    /// The file as it was found, if it can be read more than once: all of it comes out of that very one.
    private let found: FileBytes?
    private let format: Format
    /// What its text was said to be written in.
    let encoding: TextEncoding?

    init(_ options: ImportOptions, _ context: Context) throws(Failure) {
        path = options.path
        encoding = options.encoding
        format = options.format ?? Self.format(of: options.path)
        guard path != "-" else {
            found = nil
            return
        }
        var status = clinux_status()
        guard unsafe clinux_stat(path, &status) == 0 else {
            throw Failure.usage("\(SystemError("opening \(path.sanitised())"))")
        }
        do throws(ContactFileError) {
            found =
                status.mode & UInt32(S_IFMT) == UInt32(S_IFREG) ? try FileBytes(path) : nil
        } catch {
            throw Failure.usage(error.message, hints: error.hints)
        }
    }

    /// Whether it can be read more than once.
    var isRepeatable: Bool { found != nil }

    /// Looks through the whole file.
    /// - Parameter journal: of the import that goes on with it, whose rows it must have.
    func check(
        _ columns: ColumnMap, _ journal: ImportJournal?, _ context: Context
    ) throws(Failure) -> ContactCheck {
        let progress = Progress("checking", context.output)
        defer { progress.end() }
        let terminal = context.terminal
        do throws(ContactFileError) {
            var rows = try open(columns, terminal)
            let check = try ContactCheck(
                &rows, columns, journal: journal, shouldStop: { terminal.isInterrupted },
                progress: { progress.say(" the file: \(self.share($0))") })
            progress.end()
            tell(leftOutBy: columns, context)
            return check
        } catch {
            throw terminal.isInterrupted ? .interrupted : Failure(error, path: path)
        }
    }

    /// The rows of the file, from the beginning.
    func open(
        _ columns: ColumnMap, _ terminal: any Terminal
    ) throws(ContactFileError) -> any ContactRows {
        try columns.checkGiven()
        let input = TextInput(try bytes(terminal), encoding: encoding)
        switch format {
        case .csv:
            let reader = try CSVReader(input)
            try columns.check(reader.header ?? [])
            return reader
        case .jsonl: return JSONLinesReader(input)
        }
    }

    /// Names the columns that are left out although nobody has named them: one of them may be a misspelt field.
    func tell(leftOutBy columns: ColumnMap, _ context: Context) {
        let leftOut = columns.leftOut
        guard !leftOut.isEmpty else { return }
        context.output.note("left out: \(listed(columns: leftOut))")
    }

    /// Whether it is still what it was, under its name.
    var isAsFound: Bool { found?.isStill(at: path) ?? true }

    /// How failed rows of it are written.
    func formatOfFailed(_ rows: any ContactRows) -> FailedRows.Format {
        (rows as? CSVReader)?.formatOfFailed
            ?? .jsonLines(isMarked: encoding ?? .utf8 != .utf8)
    }

    private func bytes(_ terminal: any Terminal) throws(ContactFileError) -> any ByteSource {
        path == "-"
            ? DescriptorBytes(STDIN_FILENO, shouldStop: { terminal.isInterrupted })
            : try FileBytes(path, sameAs: found)
    }

    private func share(_ bytes: Int64) -> String {
        guard let size = found?.size, size > 0 else { return "\(bytes >> 20) MB" }
        return "\(Int(Double(bytes) / Double(size) * 100)) %"
    }

    private static func format(of path: String) -> Format {
        let name = path.lowercased()
        return [".jsonl", ".ndjson", ".jsonlines"].contains { name.hasSuffix($0) } ? .jsonl : .csv
    }
}

extension Failure {
    /// A file that cannot be imported.
    init(_ error: ContactFileError, path: String) {
        let name = path == "-" ? "standard input" : path.sanitised()
        self.init(.usage, "\(name): \(error.message)", hints: error.hints)
    }
}
