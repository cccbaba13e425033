import SesameSystem

/// What an import writes down: which rows are done, and those that failed.
struct ImportRecord {
    let journal: ImportJournal?
    let failed: FailedRows?

    /// What an earlier run has done of the counts.
    var counts: ImportCounts { journal?.done.counts ?? ImportCounts() }

    /// Goes on with the file of failed rows where the journal says that it is this import's.
    func resume() throws(ImportFailure.Reason) {
        guard let journal, journal.hasFailedRows else { return }
        try failed?.resume(journal.failedRows)
    }

    /// Writes down that a batch is about to be sent.
    func begin(_ batch: ImportBatch) throws(ImportFailure.Reason) {
        guard let numbers = batch.numbers, batch.isSendable else { return }
        let isWhole = numbers.count == batch.items.count
        try inJournal { journal throws(ImportJournal.Failure) in
            try journal.begin(numbers, isWhole ? batch.checksum : nil)
        }
    }

    /// Writes down that nothing of a batch is under way any more that was broken off.
    func giveUp(_ batch: ImportBatch) throws(ImportFailure.Reason) {
        guard let numbers = batch.numbers else { return }
        try inJournal { journal throws(ImportJournal.Failure) in try journal.giveUp(numbers) }
    }

    /// Writes down rows that are done.
    ///
    /// The failed ones first: the journal says how much of their file counts.
    func add(_ rows: FinishedRows, _ counts: ImportCounts) throws(ImportFailure.Reason) {
        let extent = failed?.extent
        do throws(ImportFailure.Reason) {
            if counts.failed > 0 { try keep(rows.failures) }
            guard let numbers = rows.numbers else { return }
            let entry = ImportJournal.Entry(
                rows: numbers, checksum: rows.checksum, counts: counts,
                failed: failed?.extent ?? FailedRows.Extent())
            try inJournal { journal throws(ImportJournal.Failure) in try journal.append(entry) }
        } catch {
            if let extent { failed?.cut(to: extent) }
            throw error
        }
    }

    /// Takes the journal of an import away that is complete.
    func end() { journal?.remove() }

    /// Takes it away where nothing is done, and nothing under way.
    func endUnused() { journal?.removeUnused() }

    private func keep(
        _ rows: [(row: ContactRow, reason: String)]
    ) throws(ImportFailure.Reason) {
        guard let failed else { return }
        let bytes = failed.bytes(of: rows)
        guard !bytes.isEmpty else { return }
        // Claimed before the journal says that it is ours: what it says must be true when we are killed in between.
        try inFailed { () throws(SystemError) in try failed.claim() }
        let standing = FailedRows.Standing(
            extent: failed.extent, next: failed.extent.adding(bytes))
        try inJournal { journal throws(ImportJournal.Failure) in try journal.note(standing) }
        try inFailed { () throws(SystemError) in try failed.append(bytes) }
    }

    private func inFailed(_ body: () throws(SystemError) -> Void) throws(ImportFailure.Reason) {
        do throws(SystemError) {
            try body()
        } catch {
            throw .output("\(error)")
        }
    }

    private func inJournal(
        _ body: (ImportJournal) throws(ImportJournal.Failure) -> Void
    ) throws(ImportFailure.Reason) {
        guard let journal else { return }
        do throws(ImportJournal.Failure) {
            try body(journal)
        } catch {
            throw .journal(error)
        }
    }
}
