import SesameSecrets
import SesameSystem

/// Many contacts out of one file, a batch at a time, several batches at once.
///
/// Two contacts of one address are never under way in two requests: that makes duplicates, which a person then has to
/// merge. Nothing is sent that is stored already, as far as the server lets us look.
public final class ContactImport {
    /// How it goes about it.
    public struct Settings: Sendable {
        /// The most rows of one request, 1 at least.
        public var batchSize = 100
        /// The most requests at the same time, 1 at least.
        public var concurrency = 4
        /// The most bytes of one request, but for its last contact, which may have another megabyte.
        public var batchBytes = 1 << 20

        /// The usual way.
        public init() {}

        /// With at least one row and one request: anything less would do nothing, and look as if it had ended.
        fileprivate var sound: Settings {
            var sound = self
            sound.batchSize = max(1, batchSize)
            sound.concurrency = max(1, concurrency)
            return sound
        }
    }

    private let client: MauticClient
    private let columns: ColumnMap
    private let settings: Settings
    private let record: ImportRecord
    private let refusals: Refusals
    /// Rows that the server broke down over before it had taken any.
    private var suspects: [Suspects] = []
    private var summary = ImportSummary()
    private var batches: BatchCutter
    private var batchSize: Int
    private var hasRun = false
    /// How many batches went well since one was too large.
    private var goodBatches = 0

    /// - Parameters:
    ///   - journal: what remembers the rows that are done; `nil` for an import that cannot go on later.
    ///   - failed: where rows go that failed; `nil` for nowhere.
    public init(
        client: MauticClient, columns: ColumnMap, settings: Settings = Settings(),
        journal: ImportJournal? = nil, failed: FailedRows? = nil
    ) throws(ImportFailure) {
        self.client = client
        self.columns = columns
        self.settings = settings.sound
        record = ImportRecord(journal: journal, failed: failed)
        batchSize = self.settings.batchSize
        batches = BatchCutter(columns, bytes: settings.batchBytes, journal)
        refusals = Refusals(hasTaken: record.counts.created + record.counts.updated > 0)
        summary.counts = record.counts
        summary.before = record.counts
        do throws(ImportFailure.Reason) {
            try record.resume()
        } catch {
            throw ImportFailure(error, summary)
        }
    }

    /// Imports the rows, and removes the journal when all are done.
    ///
    /// Once: another file, or the rest of this one after a failure, takes a new import.
    /// - Parameters:
    ///   - shouldStop: whether to begin nothing more; what is under way is waited for.
    ///   - progress: is told after each batch.
    /// - Throws: ``ImportFailure``, which says how far it got.
    public func run(
        _ rows: inout some ContactRows, shouldStop: () -> Bool = { false },
        progress: (ImportSummary) -> Void = { _ in }
    ) async throws(ImportFailure) -> ImportSummary {
        guard !hasRun else {
            throw ImportFailure(
                .file(ContactFileError("this import has been run; make another one")), summary)
        }
        hasRun = true
        var failure: ImportFailure.Reason?
        var hasEnded = false
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
                        if case .file(let error) = error, error.isStop { break }
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
                    // A record that cannot be kept is worse than a server that does not answer.
                    if failure == nil || !error.leavesRecordRight { failure = error }
                }
                progress(summary)
            }
            hasEnded = batches.hasEnded && waiting == nil
        }
        if failure == nil, hasEnded {
            do throws(ImportFailure.Reason) { try judge() } catch { failure = error }
        }
        summary.isInterrupted = failure != nil || !hasEnded
        if let failure {
            if summary.counts.rows == 0 { record.endUnused() }
            throw ImportFailure(failure, summary)
        }
        if hasEnded { record.end() }
        return summary
    }

    /// Whether none of its contacts is under way.
    private func isFree(_ batch: ImportBatch, beside underWay: some Sequence<Set<String>>) -> Bool {
        let keys = batch.keys
        return underWay.allSatisfy { $0.isDisjoint(with: keys) }
    }

    private func nextBatch(
        _ rows: inout some ContactRows
    ) throws(ImportFailure.Reason) -> ImportBatch? {
        do throws(ContactFileError) {
            return try batches.next(&rows, size: batchSize)
        } catch {
            throw .file(error)
        }
    }

    private func sender(of batch: ImportBatch) -> BatchSender {
        BatchSender(
            client: client, columns: columns, refusals: refusals,
            mayLook: summary.couldLook, batchSize: batchSize,
            wasUnderWay: batches.wereUnderWay(batch))
    }

    /// Writes down what became of a batch; its rows count once that is done.
    private func take(_ finished: Finished) throws(ImportFailure.Reason) {
        let report = finished.report
        if !report.mayLook { summary.couldLook = false }
        try add(finished.batch, report.outcomes)
        if let error = report.error {
            if !report.mayBeUnderWay { try record.giveUp(finished.batch) }
            throw .server(error)
        }
        if let suspicion = report.suspicion {
            try record.giveUp(finished.batch)
            suspects.append(
                Suspects(batch: finished.batch, outcomes: report.suspects, error: suspicion))
        }
        if refusals.hasTaken { try convict() }
        adaptBatchSize(to: report)
    }

    /// Lets rows fail that the server broke down over: it has taken others.
    private func convict() throws(ImportFailure.Reason) {
        while !suspects.isEmpty {
            let rows = suspects.removeFirst()
            try add(rows.batch, rows.outcomes)
        }
    }

    /// Decides about rows that the server broke down over, and that has taken none: where it knows others of the file, it
    /// is the rows.
    private func judge() throws(ImportFailure.Reason) {
        guard let first = suspects.first else { return }
        guard summary.counts.rows > summary.counts.failed else { throw .server(first.error) }
        try convict()
    }

    private func add(
        _ batch: ImportBatch, _ outcomes: [RowOutcome?]
    ) throws(ImportFailure.Reason) {
        for part in batch.finished(outcomes) {
            var summary = summary
            for (row, outcome) in part.rows { summary.add(outcome, of: row) }
            try record.add(part, summary.counts.since(self.summary.counts))
            self.summary = summary
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

/// Rows of a batch that the server broke down over.
private struct Suspects {
    let batch: ImportBatch
    /// That they failed; `nil` for all others.
    let outcomes: [RowOutcome?]
    /// What is to be said where it may have been the server.
    let error: MauticError
}

/// A batch with what became of it.
private struct Finished: Sendable {
    let batch: ImportBatch
    let report: BatchSender.Report
}
