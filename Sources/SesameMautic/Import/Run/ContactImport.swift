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
    private let record: ImportRecord
    private let refusals: Refusals
    /// Rows that an earlier run has sent without knowing what became of them.
    private let underWayBefore: [ClosedRange<Int>]
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
        record = ImportRecord(journal: journal, failed: failed)
        batchSize = settings.batchSize
        done = DoneRows(journal)
        underWayBefore = record.underWay
        refusals = Refusals(hasTaken: record.counts.created + record.counts.updated > 0)
        summary.counts = record.counts
        summary.resumedRows = record.counts.rows
        do throws(ImportFailure.Reason) {
            try record.resume()
        } catch {
            throw ImportFailure(error, summary)
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
                    do throws(ImportFailure.Reason) {
                        if waiting == nil { waiting = try nextBatch(&rows) }
                        guard let batch = waiting, isFree(batch, beside: underWay.values) else {
                            break
                        }
                        try record.begin(batch)
                        waiting = nil
                        underWay[batch.firstRow] = batch.keys
                        let sender = sender(of: batch)
                        group.addTask { Finished(batch: batch, report: await sender.send(batch)) }
                    } catch {
                        // What ends a wait for more rows is no failure.
                        if shouldStop() { break }
                        failure = error
                    }
                }
                guard let finished = await group.next() else { break }
                underWay[finished.batch.firstRow] = nil
                // What cannot be written down any more is as if it had not been answered: it is looked up next time.
                if let failure, !failure.leavesRecordRight { continue }
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
        if hasEnded { record.end() }
        return summary
    }

    /// Whether none of its contacts is under way.
    private func isFree(_ batch: ImportBatch, beside underWay: some Sequence<Set<String>>) -> Bool {
        let keys = batch.keys
        return underWay.allSatisfy { $0.isDisjoint(with: keys) }
    }

    private func sender(of batch: ImportBatch) -> BatchSender {
        let wasUnderWay = batch.numbers.map { numbers in
            underWayBefore.contains { $0.overlaps(numbers) }
        }
        return BatchSender(
            client: client, uniqueAliases: columns.uniqueAliases, refusals: refusals,
            mayLook: summary.couldLook, wasUnderWay: wasUnderWay ?? false)
    }

    /// The next rows that are not done, one behind the other; `nil` when there are none.
    private func nextBatch(
        _ rows: inout some ContactRows
    ) throws(ImportFailure.Reason) -> ImportBatch? {
        guard !hasEnded else { return nil }
        var batch = ImportBatch()
        do throws(ContactFileError) {
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
        } catch {
            throw .file(error)
        }
        return batch.items.isEmpty ? nil : batch
    }

    /// Writes down what became of a batch; its rows count once that is done.
    private func take(_ finished: Finished) throws(ImportFailure.Reason) {
        let report = finished.report
        if !report.mayLook { summary.couldLook = false }
        for part in finished.batch.finished(report.outcomes) {
            var summary = summary
            for (row, outcome) in part.rows { summary.add(outcome, of: row) }
            try record.add(part, summary.counts.since(self.summary.counts))
            self.summary = summary
        }
        if let error = report.error {
            if !report.mayBeUnderWay { try record.giveUp(finished.batch) }
            throw .server(error)
        }
        adaptBatchSize(to: report)
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
    let report: BatchSender.Report
}
