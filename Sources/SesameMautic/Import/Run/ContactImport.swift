import SesameSecrets
import SesameSystem

/// Many contacts out of one file, a batch at a time, several batches at once.
///
/// Two contacts of one address are never under way in two requests: that makes duplicates, which a person then has to
/// merge. Nothing is sent that is stored already, as far as the server lets us look.
public final class ContactImport {
    /// How it goes about it.
    public struct Settings: Sendable {
        /// The most rows of one request.
        public var batchSize = 100
        /// The most requests at the same time.
        public var concurrency = 4
        /// The most bytes of one request, but for its last contact, which may have another megabyte.
        public var batchBytes = 1 << 20

        /// The usual way.
        public init() {}
    }

    private let client: MauticClient
    private let columns: ColumnMap
    private let settings: Settings
    private let journal: ImportJournal?
    private let failed: FailedRows?
    private let refusals = Refusals()
    private var summary = ImportSummary()
    private var done: DoneRows
    private var batchSize: Int
    /// How many batches went well since one was too large.
    private var goodBatches = 0
    private var hasEnded = false

    /// - Parameters:
    ///   - journal: what remembers the rows that are done; `nil` for an import that cannot go on later.
    ///   - failed: where rows go that failed; `nil` for nowhere.
    public init(
        client: MauticClient, columns: ColumnMap, settings: Settings = Settings(),
        journal: ImportJournal? = nil, failed: FailedRows? = nil
    ) throws(ImportFailure) {
        self.client = client
        self.columns = columns
        self.settings = settings
        self.journal = journal
        self.failed = failed
        batchSize = settings.batchSize
        done = DoneRows(journal?.entries ?? [])
        summary.counts = done.counts
        summary.resumedRows = done.counts.rows
        do throws(SystemError) {
            if journal?.hasFailedRows == true { try failed?.resume(at: done.failedBytes) }
        } catch {
            throw ImportFailure(.output("\(error)"), summary)
        }
    }

    /// Imports the rows, and removes the journal when all are done.
    /// - Parameters:
    ///   - shouldStop: whether to begin nothing more; what is under way is waited for.
    ///   - progress: is told after each batch.
    /// - Throws: ``ImportFailure``, which says how far it got.
    public func run(
        _ rows: inout some ContactRows, shouldStop: () -> Bool = { false },
        progress: (ImportSummary) -> Void = { _ in }
    ) async throws(ImportFailure) -> ImportSummary {
        var failure: ImportFailure.Reason?
        await withTaskGroup(of: Finished.self) { group in
            var underWay: [Int: Set<String>] = [:]
            var waiting: ImportBatch?
            while true {
                while failure == nil, underWay.count < settings.concurrency, !shouldStop() {
                    do throws(ContactFileError) {
                        if waiting == nil { waiting = try nextBatch(&rows) }
                    } catch {
                        failure = .file(error)
                    }
                    guard let batch = waiting, isFree(batch, beside: underWay.values) else { break }
                    waiting = nil
                    underWay[batch.firstRow] = batch.keys
                    let sender = BatchSender(
                        client: client, uniqueAliases: columns.uniqueAliases, refusals: refusals)
                    let mayLook = summary.couldLook
                    group.addTask { await Finished(batch, sender, mayLook: mayLook) }
                }
                guard let finished = await group.next() else { break }
                underWay[finished.batch.firstRow] = nil
                // What cannot be written down any more is as if it had not been answered: it is looked up next time.
                if let failure, !failure.leavesFilesWhole { continue }
                do throws(ImportFailure.Reason) {
                    try take(finished)
                } catch {
                    failure = failure ?? error
                }
                progress(summary)
            }
            hasEnded = hasEnded && waiting == nil
        }
        summary.isInterrupted = failure != nil || !hasEnded
        if let failure { throw ImportFailure(failure, summary) }
        if hasEnded { journal?.remove() }
        return summary
    }

    /// Whether none of its contacts is under way.
    private func isFree(_ batch: ImportBatch, beside underWay: some Sequence<Set<String>>) -> Bool {
        let keys = batch.keys
        return underWay.allSatisfy { $0.isDisjoint(with: keys) }
    }

    /// The next rows that are not done, one behind the other; `nil` when there are none.
    private func nextBatch(_ rows: inout some ContactRows) throws(ContactFileError) -> ImportBatch?
    {
        guard !hasEnded else { return nil }
        var batch = ImportBatch()
        while batch.items.count < batchSize, batch.size < settings.batchBytes {
            guard let row = try rows.next() else {
                hasEnded = true
                try done.checkEnd()
                break
            }
            if try done.contains(row) {
                if batch.items.isEmpty { continue }
                break
            }
            batch.append(row, columns)
        }
        return batch.items.isEmpty ? nil : batch
    }

    /// Writes down what became of a batch; its rows count once that is done.
    private func take(_ finished: Finished) throws(ImportFailure.Reason) {
        let report: BatchSender.Report
        switch finished.result {
        case .success(let success): report = success
        case .failure(let error): throw .server(error)
        }
        var summary = summary
        if !report.mayLook { summary.couldLook = false }
        for (item, outcome) in zip(finished.batch.items, report.outcomes) {
            summary.add(outcome, of: item.row)
        }
        try writeDown(finished.batch, report, summary.counts.since(self.summary.counts))
        self.summary = summary
        adaptBatchSize(to: report)
    }

    /// The failed rows first: the journal says how many bytes of their file count.
    private func writeDown(
        _ batch: ImportBatch, _ report: BatchSender.Report, _ counts: ImportCounts
    ) throws(ImportFailure.Reason) {
        let length = failed?.length ?? 0
        do throws(ImportFailure.Reason) {
            if counts.failed > 0 { try keepFailed(batch, report) }
            guard let range = batch.rows else { return }
            let entry = ImportJournal.Entry(
                rows: range, checksum: batch.checksum, counts: counts,
                failedBytes: failed?.length ?? 0)
            try inJournal { journal throws(ImportJournal.Failure) in try journal.append(entry) }
        } catch {
            failed?.cut(to: length)
            throw error
        }
    }

    private func keepFailed(
        _ batch: ImportBatch, _ report: BatchSender.Report
    ) throws(ImportFailure.Reason) {
        guard let failed else { return }
        // Claimed before the journal says that it is ours: what it says must be true when we are killed in between.
        try inFailed { () throws(SystemError) in try failed.claim() }
        try inJournal { journal throws(ImportJournal.Failure) in try journal.noteFailedRows() }
        try inFailed { () throws(SystemError) in
            for (item, outcome) in zip(batch.items, report.outcomes) {
                guard case .failed(let reason) = outcome else { continue }
                try failed.append(item.row, because: reason)
            }
        }
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

    /// Smaller batches for a server that breaks down over large ones, and larger ones again once it has taken many.
    private func adaptBatchSize(to report: BatchSender.Report) {
        if let tooMany = report.tooMany {
            goodBatches = 0
            batchSize = max(1, batchSize / 2, tooMany / 2)
        } else {
            goodBatches += 1
            if goodBatches == 20, batchSize < settings.batchSize {
                goodBatches = 0
                batchSize = min(settings.batchSize, batchSize * 2)
            }
        }
    }
}

/// A batch with what became of it.
private struct Finished: Sendable {
    let batch: ImportBatch
    let result: Result<BatchSender.Report, MauticError>

    init(_ batch: ImportBatch, _ sender: BatchSender, mayLook: Bool) async {
        self.batch = batch
        do throws(MauticError) {
            result = .success(try await sender.send(batch, mayLook: mayLook))
        } catch {
            result = .failure(error)
        }
    }
}
