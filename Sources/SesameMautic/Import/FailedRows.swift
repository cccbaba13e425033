import SesameJSON
import SesameSecrets
package import SesameSystem

/// The file of rows that failed, each with the reason, which can be imported again.
public final class FailedRows {
    /// How its rows are written: in UTF-8, with a byte order mark where the file that is imported has one, or is written in
    /// something else.
    public enum Format: Sendable {
        /// With this between the values, which a line of its own says where it must be said.
        case csv(delimiter: UInt8, isTold: Bool = false, isMarked: Bool = false)
        case jsonLines(isMarked: Bool = false)

        fileprivate var mark: [UInt8] {
            switch self {
            case .csv(_, _, isMarked: true), .jsonLines(isMarked: true): byteOrderMark
            default: []
            }
        }
    }

    /// What an import has written into it.
    struct Extent: Hashable {
        /// How many bytes.
        var bytes: Int64 = 0
        /// What tells them from others.
        var checksum = RowChecksum()

        mutating func add(_ piece: [UInt8]) {
            bytes += Int64(piece.count)
            checksum.add(contentsOf: piece)
        }

        func adding(_ piece: [UInt8]) -> Extent {
            var extent = self
            extent.add(piece)
            return extent
        }
    }

    /// How the file stood when somebody looked last.
    struct Standing {
        /// What counts of it.
        var extent = Extent()
        /// What it was about to have.
        var next: Extent?
    }

    /// Where it is.
    public let path: String
    private let format: Format
    private let header: [UInt8]
    private var file: AppendedFile?
    private(set) var extent = Extent()

    /// Names the file; it is made when the first row fails.
    /// - Parameter header: the header of the file that is imported.
    public init(_ path: String, _ format: Format, header: [UInt8]) {
        self.path = path
        self.format = format
        self.header = header
    }

    /// Whether something stands there already, other than a file with nothing in it.
    public var isTaken: Bool { AppendedFile.isTaken(path) }

    /// Looks whether the file can be written.
    package func checkPlace() throws(SystemError) {
        if !isTaken { try AppendedFile.checkPlace(path) }
    }

    /// Goes on behind what counts of an earlier run.
    ///
    /// Where somebody has taken the file away meanwhile, or emptied it, another one is begun. One that somebody has
    /// changed is theirs.
    func resume(_ standing: Standing) throws(ImportFailure.Reason) {
        guard isTaken else { return }
        var isOurs = false
        do throws(SystemError) {
            let file = try opened()
            isOurs = try file.has(standing.extent)
            if !isOurs, let next = standing.next { isOurs = try file.has(next) }
            if isOurs {
                try file.cut(to: standing.extent.bytes)
                self.file = file
                extent = standing.extent
            }
        } catch {
            throw .output("\(error)")
        }
        guard isOurs else {
            throw .output(
                "\(path.sanitised()) is not, or no longer, as this import has left it: move it away, and what fails from here on goes into a new one"
            )
        }
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

    /// Rows as they are written next, each with the reason.
    func bytes(of rows: [(row: ContactRow, reason: String)]) -> [UInt8] {
        let lines = rows.filter { !$0.row.source.isEmpty }.flatMap { line(of: $0.row, $0.reason) }
        return lines.isEmpty || extent.bytes > 0 ? lines : beginning + lines
    }

    /// Adds them to the file that is ours.
    func append(_ bytes: [UInt8]) throws(SystemError) {
        try file?.append(bytes.span)
        extent.add(bytes)
    }

    /// Takes back what was added behind this.
    func cut(to extent: Extent) {
        guard self.extent != extent else { return }
        try? file?.cut(to: extent.bytes)
        self.extent = extent
    }

    /// For this import alone, as long as it goes on.
    private func opened() throws(SystemError) -> AppendedFile {
        let file = try AppendedFile(path)
        try file.claim()
        return file
    }

    /// What stands before the first row.
    private var beginning: [UInt8] {
        guard case .csv(let delimiter, let isTold, _) = format else { return format.mark }
        let told = isTold ? Array("sep=".utf8) + [delimiter, 0x0A] : []
        let start = format.mark + told + Array(ColumnMap.errorColumn.utf8)
        return start + [delimiter] + header + [0x0A]
    }

    private func line(of row: ContactRow, _ reason: String) -> [UInt8] {
        switch format {
        case .csv(let delimiter, _, _):
            Array(csvCell(reason).utf8) + [delimiter] + row.source + [0x0A]
        case .jsonLines: object(of: row, reason) + [0x0A]
        }
    }

    private func object(of row: ContactRow, _ reason: String) -> [UInt8] {
        guard let json = try? JSON(parsing: Secret(copying: row.source)), let members = json.members
        else {
            // No object can be made of it.
            return line(
                [
                    (ColumnMap.errorColumn, .string(reason)),
                    ("sesame_source", .string(String(decoding: row.source, as: UTF8.self))),
                ])
        }
        let kept = members.filter { $0.name != ColumnMap.errorColumn }.map {
            ($0.name, JSONValue($0.value))
        }
        return line([(ColumnMap.errorColumn, .string(reason))] + kept)
    }

    private func line(_ members: [(String, JSONValue)]) -> [UInt8] {
        Array(JSONValue.object(members).encoded().dangerouslyRevealedText().utf8)
    }
}

extension AppendedFile {
    /// Whether it has just that.
    fileprivate func has(_ extent: FailedRows.Extent) throws(SystemError) -> Bool {
        guard length == extent.bytes else { return false }
        var found = FailedRows.Extent()
        try read { found.add($0) }
        return found == extent
    }
}
