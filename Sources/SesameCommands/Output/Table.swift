/// Columns of text, each as wide as its widest cell; the last one may run on.
struct Table {
    private let header: [String]
    private var rows: [[String]] = []

    init(_ header: [String]) {
        self.header = header
    }

    /// Adds a row; missing cells are empty.
    mutating func append(_ row: [String]) {
        rows.append(row + Array(repeating: "", count: max(0, header.count - row.count)))
    }

    /// The lines, header first.
    /// - Parameter style: changes a cell after it was padded: row (0 is the header), column, text.
    func lines(style: (Int, Int, String) -> String) -> [String] {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.enumerated().map { index, row in
            let cells = row.enumerated().map { column, cell in
                let isLast = column == header.count - 1
                let padding = String(
                    repeating: " ", count: isLast ? 0 : widths[column] - cell.count)
                return style(index, column, cell) + padding
            }
            var line = cells.joined(separator: "  ")
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }
}

extension Output {
    /// A table for a person, its header in bold.
    func table(_ table: Table) throws(Failure) {
        for text in table.lines(style: { row, _, cell in
            row == 0 ? colour(cell, .bold, .output) : cell
        }) {
            try line(text)
        }
    }
}
