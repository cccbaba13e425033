/// The rows that an earlier run has done or was about to do, met again while the file is read once more.
struct DoneRows {
    private let entries: [JournalledRows.Entry]
    private var position = 0
    private var checksum = RowChecksum()
    /// Those that were under way, with what tells the ones from others that were met so far.
    private var underWay: [(rows: JournalledRows.UnderWay, checksum: RowChecksum)]

    init(_ journal: ImportJournal?) {
        entries = (journal?.done.entries ?? []).sorted {
            $0.rows.lowerBound < $1.rows.lowerBound
        }
        underWay = (journal?.done.underWay ?? []).map { ($0, RowChecksum()) }
    }

    /// Whether this row, which is the next one of the file, is done.
    /// - Throws: ``ContactFileError`` when the rows are others than those that were done or under way.
    mutating func contains(_ row: ContactRow) throws(ContactFileError) -> Bool {
        for index in underWay.indices where underWay[index].rows.rows.contains(row.number) {
            underWay[index].checksum.add(row)
            let (known, found) = underWay[index]
            if row.number == known.rows.upperBound, let sum = known.checksum, sum != found {
                throw changed(known.rows)
            }
        }
        guard position < entries.count, entries[position].rows.contains(row.number) else {
            return false
        }
        checksum.add(row)
        if row.number == entries[position].rows.upperBound {
            guard checksum == entries[position].checksum else {
                throw changed(entries[position].rows)
            }
            checksum = RowChecksum()
            position += 1
        }
        return true
    }

    /// Looks whether all of them were there, once the file has ended.
    /// - Parameter count: how many rows it has.
    func checkEnd(after count: Int) throws(ContactFileError) {
        if position < entries.count { throw changed(entries[position].rows) }
        if let absent = underWay.first(where: { $0.rows.rows.upperBound > count }) {
            throw changed(absent.rows.rows)
        }
    }

    private func changed(_ rows: ClosedRange<Int>) -> ContactFileError {
        var error = ContactFileError(
            "rows \(rows.lowerBound) to \(rows.upperBound) are not those that were imported: the file has changed since",
            hints: [
                "bring back the file as it was; or remove the journal, and all rows are looked at again"
            ])
        error.isOfAnotherFile = true
        return error
    }
}
