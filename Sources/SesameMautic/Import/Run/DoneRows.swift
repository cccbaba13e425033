/// The rows that an earlier run has done, met again while the file is read once more.
struct DoneRows {
    private let entries: [JournalledRows.Entry]
    private var position = 0
    private var checksum = RowChecksum()

    init(_ journal: ImportJournal?) {
        entries = (journal?.done.entries ?? []).sorted {
            $0.rows.lowerBound < $1.rows.lowerBound
        }
    }

    /// Whether this row, which is the next one of the file, is done.
    /// - Throws: ``ContactFileError`` when the rows are others than those that were done.
    mutating func contains(_ row: ContactRow) throws(ContactFileError) -> Bool {
        guard position < entries.count, entries[position].rows.contains(row.number) else {
            return false
        }
        checksum.add(row)
        if row.number == entries[position].rows.upperBound {
            guard checksum == entries[position].checksum else { throw changed(entries[position]) }
            checksum = RowChecksum()
            position += 1
        }
        return true
    }

    /// Looks whether all of them were there, once the file has ended.
    func checkEnd() throws(ContactFileError) {
        if position < entries.count { throw changed(entries[position]) }
    }

    private func changed(_ entry: JournalledRows.Entry) -> ContactFileError {
        var error = ContactFileError(
            "rows \(entry.rows.lowerBound) to \(entry.rows.upperBound) are not those that were imported: the file has changed since",
            hints: [
                "bring back the file as it was; or remove the journal, and all rows are looked at again"
            ])
        error.isOfAnotherFile = true
        return error
    }
}
