import CLinux
import Glibc
import SesameJSON
import SesameSecrets
import SesameSystem

/// The file of rows that failed, each with the reason, which can be imported again.
package final class FailedRows {
    /// How its rows are written.
    package enum Format: Sendable {
        /// With this between the values.
        case csv(delimiter: UInt8)
        case jsonLines
    }

    package let path: String
    private let format: Format
    private let header: [UInt8]
    private var file: Int32 = -1
    /// How many bytes it has.
    private(set) var length: Int64 = 0

    /// Names the file; it is made when the first row fails.
    /// - Parameter header: the header of the file that is imported.
    package init(_ path: String, _ format: Format, header: [UInt8]) {
        self.path = path
        self.format = format
        self.header = header
    }

    deinit { if file >= 0 { close(file) } }

    /// Whether something stands there already.
    package var isTaken: Bool {
        var status = clinux_status()
        return unsafe clinux_lstat(path, &status) == 0
    }

    /// Goes on behind what an earlier run has written, of which this many bytes count.
    func resume(at length: Int64) throws(SystemError) {
        guard length > 0 else { return }
        file = unsafe clinux_open(path, O_WRONLY | O_NOFOLLOW, 0)
        guard file >= 0 else { throw SystemError("opening \(path.sanitised())") }
        guard ftruncate(file, Int(length)) == 0, lseek(file, 0, SEEK_END) == length else {
            throw SystemError("going on with \(path.sanitised())")
        }
        self.length = length
    }

    /// Adds a row.
    func append(_ row: ContactRow, because reason: String) throws(SystemError) {
        guard !row.source.isEmpty else { return }
        if file < 0 {
            // What lies behind a length that counts was written before something ended us.
            file = unsafe clinux_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
            guard file >= 0 else { throw SystemError("making \(path.sanitised())") }
            if case .csv(let delimiter) = format {
                try write(Array(ColumnMap.errorColumn.utf8) + [delimiter] + header + [0x0A])
            }
        }
        switch format {
        case .csv(let delimiter):
            let quoted =
                "\""
                + reason.split(separator: "\"", omittingEmptySubsequences: false).joined(
                    separator: "\"\"") + "\""
            try write(Array(quoted.utf8) + [delimiter] + row.source + [0x0A])
        case .jsonLines: try write(object(of: row, reason) + [0x0A])
        }
    }

    private func object(of row: ContactRow, _ reason: String) -> [UInt8] {
        guard let json = try? JSON(parsing: Secret(copying: row.source)), let members = json.members
        else { return row.source }
        let kept = members.filter { $0.name != ColumnMap.errorColumn }.map {
            ($0.name, JSONValue($0.value))
        }
        let text = JSONValue.object([(ColumnMap.errorColumn, .string(reason))] + kept).encoded()
        return Array(text.dangerouslyRevealedText().utf8)
    }

    private func write(_ bytes: [UInt8]) throws(SystemError) {
        try FileDescriptor.writeAll(bytes.span, to: file)
        length += Int64(bytes.count)
    }
}
