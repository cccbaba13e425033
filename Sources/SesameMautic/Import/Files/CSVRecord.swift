import SesameSecrets

/// One record of a file of comma-separated values, not yet taken apart.
struct CSVRecord {
    /// Where a value stands in ``source``, without its quotes.
    struct Cell {
        var start: Int
        var end: Int
        /// Whether two quotes stand for one.
        var isQuoted = false
    }

    let line: Int
    var source: [UInt8] = []
    var cells: [Cell] = []
    /// What is wrong with it, if anything; the first defect counts.
    var defect: String?

    /// Whether nothing stands in it, as in the rows that a spreadsheet leaves below the last one.
    /// - Parameter first: the first value that counts.
    func isBlank(from first: Int) -> Bool {
        defect == nil
            && cells.dropFirst(first).allSatisfy { cell in
                source[cell.start..<cell.end].allSatisfy { $0 == 0x20 || $0 == 0x09 }
            }
    }

    /// Its bytes without the first value.
    var sourceOfRest: [UInt8] {
        guard cells.count > 1 else { return source }
        return Array(source[(cells[1].start - (cells[1].isQuoted ? 1 : 0))...])
    }

    /// The values.
    /// - Parameter columns: their names, for messages.
    func texts(_ columns: [String]) throws(ContactRow.Defect) -> [String] {
        if let defect { throw ContactRow.Defect(message: defect) }
        var texts: [String] = []
        texts.reserveCapacity(cells.count)
        for (index, cell) in cells.enumerated() {
            guard let text = text(of: cell) else {
                let name =
                    index < columns.count
                    ? "“\(columns[index].sanitised(limit: 60))”" : "\(index + 1)"
                var defect = ContactRow.Defect(
                    message: "line \(line), column \(name): this is not text in UTF-8")
                defect.isOfEncoding = true
                throw defect
            }
            texts.append(text)
        }
        return texts
    }

    /// The text of a value; `nil` where it is none in UTF-8.
    private func text(of cell: Cell) -> String? {
        let bytes = source[cell.start..<cell.end]
        guard cell.isQuoted, bytes.contains(quote) else {
            return String(validating: bytes, as: UTF8.self)
        }
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var isSecond = false
        for byte in bytes {
            isSecond = byte == quote && !isSecond
            if !isSecond { plain.append(byte) }
        }
        return String(validating: plain, as: UTF8.self)
    }
}

let quote = UInt8(ascii: "\"")
