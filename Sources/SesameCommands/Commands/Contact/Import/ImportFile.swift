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

    /// Whether it can be read more than once, and how long it is.
    let isRepeatable: Bool
    let size: Int64
    private let path: String
    private let format: Format
    private let encoding: TextEncoding?

    init(_ options: ImportOptions, _ context: Context) throws(Failure) {
        path = options.path
        encoding = options.encoding
        format = options.format ?? Self.format(of: options.path)
        var status = clinux_status()
        if path == "-" {
            isRepeatable = false
            size = 0
        } else {
            guard unsafe clinux_stat(path, &status) == 0 else {
                throw Failure.usage("\(SystemError("opening \(path.sanitised())"))")
            }
            isRepeatable = status.mode & UInt32(S_IFMT) == UInt32(S_IFREG)
            size = isRepeatable ? Int64(status.size) : 0
        }
    }

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
            return try ContactCheck(
                &rows, columns, journal: journal, shouldStop: { terminal.isInterrupted },
                progress: { progress.say(" the file: \(self.share($0))") })
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

    /// How failed rows of it are written.
    func formatOfFailed(_ rows: any ContactRows) -> FailedRows.Format {
        (rows as? CSVReader).map { .csv(delimiter: $0.delimiter, isTold: $0.isDelimiterTold) }
            ?? .jsonLines
    }

    private func bytes(_ terminal: any Terminal) throws(ContactFileError) -> any ByteSource {
        path == "-"
            ? DescriptorBytes(STDIN_FILENO, shouldStop: { terminal.isInterrupted })
            : try FileBytes(path)
    }

    private func share(_ bytes: Int64) -> String {
        size > 0 ? "\(Int(Double(bytes) / Double(size) * 100)) %" : "\(bytes >> 20) MB"
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
