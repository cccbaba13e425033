/// Cuts the rows of a file into batches, without those that are done.
///
/// Rows that an earlier run has sent together stay together: nothing of them is sent before the server has come to the end
/// of all.
struct BatchCutter {
    private let columns: ColumnMap
    private let bytes: Int
    private let underWay: [ClosedRange<Int>]
    private var done: DoneRows
    /// A row that was read and is in no batch yet.
    private var pendingRow: ContactRow?
    private var rowsRead = 0
    /// Whether all rows were read.
    private(set) var hasEnded = false

    /// - Parameter bytes: the most of one batch, but for its last row.
    init(_ columns: ColumnMap, bytes: Int, _ journal: ImportJournal?) {
        self.columns = columns
        self.bytes = bytes
        underWay = journal?.done.underWay.map(\.rows) ?? []
        done = DoneRows(journal)
    }

    /// Whether an earlier run has sent these rows without knowing what became of them.
    func wereUnderWay(_ batch: ImportBatch) -> Bool { range(of: batch.firstRow) != nil }

    /// The next rows; `nil` when there are none.
    mutating func next(
        _ rows: inout some ContactRows, size: Int
    ) throws(ContactFileError) -> ImportBatch? {
        var batch = ImportBatch()
        var together: ClosedRange<Int>?
        while together != nil || (batch.items.count < size && batch.size < bytes),
            let row = try nextRow(&rows)
        {
            let range = range(of: row.number)
            if let last = batch.items.last?.row.number {
                guard range == together, range != nil || row.number == last + 1 else {
                    pendingRow = row
                    break
                }
            }
            together = range
            batch.append(row, columns)
        }
        return batch.items.isEmpty ? nil : batch
    }

    private func range(of row: Int) -> ClosedRange<Int>? {
        underWay.first { $0.contains(row) }
    }

    /// The next row that is not done.
    private mutating func nextRow(
        _ rows: inout some ContactRows
    ) throws(ContactFileError) -> ContactRow? {
        if let row = pendingRow {
            pendingRow = nil
            return row
        }
        while !hasEnded {
            guard let row = try rows.next() else {
                try done.checkEnd(after: rowsRead)
                hasEnded = true
                break
            }
            rowsRead += 1
            if try !done.contains(row) { return row }
        }
        return nil
    }
}
