import SesameSecrets

/// Reads comma-separated values (RFC 4180), and what spreadsheets make of them: semicolons or tabs between the values,
/// a line `sep=;` at the top, any end of line.
///
/// A row that cannot be read does not stop it. A quote that is never closed does, since nobody can tell where the next
/// row begins.
public struct CSVReader: ContactRows {
    private var scanner: CSVScanner
    private var rows = 0
    /// The columns, in order.
    private let columns: [String]
    /// Whether the first column says what was wrong with a row before, which is no part of the row.
    private let hasErrors: Bool
    /// The bytes of the header, without the end of the line.
    public let headerSource: [UInt8]

    /// Reads the header.
    /// - Throws: ``ContactFileError`` when there is none, or none that can be used.
    public init(_ input: TextInput) throws(ContactFileError) {
        var input = input
        try expectTable(input.firstLine())
        scanner = try CSVScanner(input)
        guard let header = try scanner.next() else {
            throw ContactFileError(
                "the file is empty", hints: ["its first line must name the columns"])
        }
        let names = try names(in: header)
        hasErrors = names.count > 1 && names[0] == ColumnMap.errorColumn
        columns = hasErrors ? Array(names.dropFirst()) : names
        headerSource = hasErrors ? header.sourceOfRest : header.source
    }

    /// What stands between the values.
    public var delimiter: UInt8 { scanner.delimiter }
    /// Whether a line of the file says what stands between the values.
    public var isDelimiterTold: Bool { scanner.isDelimiterTold }

    /// How rows of it that failed are written, so that they can be read like this file.
    public var formatOfFailed: FailedRows.Format {
        .csv(delimiter: delimiter, isTold: isDelimiterTold, isMarked: scanner.isMarked)
    }

    /// The columns.
    public var header: [String]? { columns }
    /// How many bytes of the file have been used up.
    public var bytesRead: Int64 { scanner.bytesRead }

    /// The next row; `nil` at the end.
    public mutating func next() throws(ContactFileError) -> ContactRow? {
        while let record = try scanner.next() {
            if record.isBlank(from: hasErrors ? 1 : 0) { continue }
            rows += 1
            return ContactRow(
                number: rows, line: record.line,
                source: hasErrors ? record.sourceOfRest : record.source,
                content: content(of: record))
        }
        return nil
    }

    private func content(of record: CSVRecord) -> Result<[ContactRow.Value], ContactRow.Defect> {
        do throws(ContactRow.Defect) {
            let cells = Array(
                try record.texts(hasErrors ? [ColumnMap.errorColumn] + columns : columns)
                    .dropFirst(hasErrors ? 1 : 0))
            guard cells.count >= columns.count,
                cells.dropFirst(columns.count).allSatisfy(\.isEmpty)
            else {
                throw ContactRow.Defect(
                    message:
                        "line \(record.line) has \(cells.count) values, and the header has \(columns.count)"
                )
            }
            return .success(
                zip(columns, cells).map { ContactRow.Value(column: $0, text: $1) })
        } catch {
            return .failure(error)
        }
    }
}

/// Refuses what is something else than a table, by how it begins.
private func expectTable(_ beginning: ArraySlice<UInt8>) throws(ContactFileError) {
    // An archive in ZIP, or an older one in OLE.
    guard !beginning.starts(with: [0x50, 0x4B, 0x03, 0x04]),
        !beginning.starts(with: [0xD0, 0xCF, 0x11, 0xE0])
    else {
        throw ContactFileError(
            "this is a workbook of a spreadsheet, and no text", hints: ["save it as CSV"])
    }
    let signs = beginning.prefix(1000).filter { $0 > 0x20 }
    let isJSON = ["{\"", "[{"].contains { signs.starts(with: Array($0.utf8)) }
    guard !isJSON, signs != Array("[".utf8), signs != Array("{".utf8) else {
        throw ContactFileError(
            "this is JSON, and no CSV",
            hints: ["write one object a line, and no list; then: --format jsonl"])
    }
    // As a spreadsheet's “Unicode text” has it where its first two bytes are lost.
    guard !beginning.prefix(1000).contains(0) else {
        throw ContactFileError(
            "the first line has NUL bytes, which no text has",
            hints: ["if it is written in UTF-16: --encoding utf-16"])
    }
}

/// The names of the columns; none may be there twice.
private func names(in header: CSVRecord) throws(ContactFileError) -> [String] {
    var names: [String]
    do throws(ContactRow.Defect) {
        names = try header.texts([]).map { $0.trimmingBlanks() }
    } catch {
        throw ContactFileError(
            "the header cannot be read: \(error.message)",
            hints: ["the first line must name the columns; --encoding says how the file is written"]
        )
    }
    // A spreadsheet may leave empty columns at the right.
    while names.last?.isEmpty == true { names.removeLast() }
    guard !names.isEmpty else {
        throw ContactFileError(
            "line \(header.line) is empty", hints: ["the first line must name the columns"])
    }
    var seen: Set<String> = []
    for (index, name) in names.enumerated() {
        guard !name.isEmpty else {
            throw ContactFileError(
                "line \(header.line): column \(index + 1) has no name",
                hints: ["the first line must name the columns"])
        }
        guard seen.insert(name).inserted else {
            throw ContactFileError(
                "line \(header.line): two columns are called “\(name.sanitised(limit: 60))”",
                hints: ["give each column a name of its own"])
        }
    }
    return names
}
