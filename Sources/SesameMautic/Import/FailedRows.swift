import SesameJSON
import SesameSecrets
import SesameSystem

/// The file of rows that failed, each with the reason, which can be imported again.
public final class FailedRows {
    /// How its rows are written.
    public enum Format: Sendable {
        /// With this between the values, which a line of its own says where it must be said.
        case csv(delimiter: UInt8, isTold: Bool = false)
        case jsonLines
    }

    /// Where it is.
    public let path: String
    private let format: Format
    private let header: [UInt8]
    private var file: AppendedFile?
    /// How many bytes it has.
    var length: Int64 { file?.length ?? 0 }

    /// Names the file; it is made when the first row fails.
    /// - Parameter header: the header of the file that is imported.
    public init(_ path: String, _ format: Format, header: [UInt8]) {
        self.path = path
        self.format = format
        self.header = header
    }

    /// Whether something stands there already, other than a file with nothing in it.
    public var isTaken: Bool { AppendedFile.isTaken(path) }

    /// Goes on with what an earlier run has written, of which this many bytes count.
    ///
    /// Where somebody has taken it away meanwhile, another one is begun.
    func resume(at length: Int64) throws(SystemError) {
        guard isTaken else { return }
        file = try opened()
        if self.length > length { try file?.cut(to: length) }
    }

    /// Makes the file ours, unless it is already.
    ///
    /// One that somebody has made or filled since the beginning is not touched.
    func claim() throws(SystemError) {
        guard file == nil else { return }
        let claimed = try opened()
        try claimed.expectEmpty()
        file = claimed
    }

    /// Adds a row to the file that is ours.
    func append(_ row: ContactRow, because reason: String) throws(SystemError) {
        guard !row.source.isEmpty else { return }
        if length == 0 { try write(beginning) }
        switch format {
        case .csv(let delimiter, _):
            let quoted =
                "\""
                + reason.split(separator: "\"", omittingEmptySubsequences: false)
                .joined(separator: "\"\"") + "\""
            try write(Array(quoted.utf8) + [delimiter] + row.source + [0x0A])
        case .jsonLines: try write(object(of: row, reason) + [0x0A])
        }
    }

    /// Takes back what was added behind this many bytes.
    func cut(to length: Int64) {
        if self.length > length { try? file?.cut(to: length) }
    }

    /// For this import alone, as long as it goes on.
    private func opened() throws(SystemError) -> AppendedFile {
        let file = try AppendedFile(path)
        try file.claim()
        return file
    }

    /// What stands before the first row.
    private var beginning: [UInt8] {
        guard case .csv(let delimiter, let isTold) = format else { return [] }
        let told = isTold ? Array("sep=".utf8) + [delimiter, 0x0A] : []
        return told + Array(ColumnMap.errorColumn.utf8) + [delimiter] + header + [0x0A]
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

    private func write(_ bytes: [UInt8]) throws(SystemError) { try file?.append(bytes.span) }
}
