/// Looks through a file before anything of it is sent.
public struct ContactCheck: Sendable {
    /// How many rows there are.
    public private(set) var rows = 0
    /// How many of them cannot be sent.
    public private(set) var defective = 0
    /// How many of these are no text in the encoding that the file is read in.
    public private(set) var misencoded = 0
    /// What is wrong with the first few.
    public private(set) var defects: [String] = []
    /// How many addresses stand in more than one row, as far as they were counted.
    public private(set) var repeatedAddresses = 0

    private static let shownDefects = 20
    private static let countedAddresses = 1_000_000

    /// Reads all rows.
    /// - Parameters:
    ///   - journal: of the import that goes on: its rows must be in the file.
    ///   - shouldStop: whether to leave off.
    ///   - progress: is told how many bytes of the file are read, now and then.
    /// - Throws: ``ContactFileError`` where the file cannot be read to its end, or has others than those rows.
    public init(
        _ source: inout some ContactRows, _ columns: ColumnMap, journal: ImportJournal? = nil,
        shouldStop: () -> Bool = { false }, progress: (Int64) -> Void = { _ in }
    ) throws(ContactFileError) {
        var done = DoneRows(journal)
        var isWhole = false
        var seen: Set<Int> = []
        var repeated: Set<Int> = []
        while !shouldStop() {
            guard let row = try source.next() else {
                isWhole = true
                break
            }
            rows += 1
            _ = try done.contains(row)
            do throws(ContactRow.Defect) {
                let draft = try columns.draft(of: row)
                let address = draft.email.lowercased().hashValue
                if seen.count < Self.countedAddresses, !seen.insert(address).inserted {
                    repeated.insert(address)
                }
            } catch {
                defective += 1
                if error.isOfEncoding { misencoded += 1 }
                if defects.count < Self.shownDefects { defects.append(error.message) }
            }
            if rows.isMultiple(of: 1000) { progress(source.bytesRead) }
        }
        if isWhole { try done.checkEnd(after: rows) }
        repeatedAddresses = repeated.count
    }
}
