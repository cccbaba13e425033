import SesameHTTP
import SesameSecrets

/// Brings one batch to the server, in as many requests as it takes, none of them at the same time.
struct BatchSender: Sendable {
    /// What became of a batch.
    struct Report: Sendable {
        /// Of each row in order.
        var outcomes: [RowOutcome] = []
        /// Whether the server lets us look at contacts.
        var mayLook: Bool
        /// The most rows of one request that went through.
        var largestTaken = 0
        /// Whether the server broke down over many rows, and over none of them alone.
        var isTooLarge = false
    }

    /// How often the answer to one request may be lost.
    private static let lostAnswers = 5
    /// The server may go on for a while with a request that nobody waits for.
    private static let pauseAfterLostAnswer = Duration.seconds(10)

    let client: MauticClient

    /// Sends the rows that say something new.
    /// - Parameter mayLook: whether contacts may be looked at before, as far as is known.
    /// - Throws: ``MauticError`` where other rows could not be sent either.
    func send(_ batch: ImportBatch, mayLook: Bool) async throws(MauticError) -> Report {
        var report = Report(mayLook: mayLook)
        var hasCulprit = false
        try await send(batch.items[...], &report, &hasCulprit)
        if hasCulprit { report.isTooLarge = false }
        return report
    }

    private func send(
        _ items: ArraySlice<ImportBatch.Item>, _ report: inout Report, _ hasCulprit: inout Bool
    ) async throws(MauticError) {
        var work = BatchWork(items)
        var losses = 0
        while true {
            try await look(for: &work, &report, isFirst: losses == 0)
            guard !work.isDone else { break }
            do {
                let results = try await client.create(batch: work.drafts.map(\.draft), .workOnce)
                report.largestTaken = max(report.largestTaken, results.count)
                work.take(results)
                break
            } catch {
                if error.isLostAnswer, losses < Self.lostAnswers {
                    losses += 1
                    try await client.exchange.wait(Self.pauseAfterLostAnswer)
                    continue
                }
                guard error.isAboutContent else { throw error }
                guard work.drafts.count > 1 else {
                    hasCulprit = true
                    work.refuse(error)
                    break
                }
                // One of them is what the server breaks down over, or there are too many: half of them tell which.
                report.isTooLarge = true
                let middle = work.middle
                try await send(items[..<middle], &report, &hasCulprit)
                try await send(items[middle...], &report, &hasCulprit)
                return
            }
        }
        report.outcomes += work.inOrder
    }

    /// Finds out which rows need not be sent: those whose contact has all of it already, be it from before or from a
    /// request of ours whose answer was lost.
    private func look(
        for work: inout BatchWork, _ report: inout Report, isFirst: Bool
    ) async throws(MauticError) {
        guard report.mayLook else { return }
        for part in work.parts(addressBytes: 4000) {
            do {
                let found = try await client.contacts(withEmails: part, .work)
                work.meet(found, among: part, isFirst: isFirst)
            } catch {
                guard error.isAboutAsking else { throw error }
                report.mayLook = false
                return
            }
        }
    }
}

extension MauticError {
    /// Whether the request may have been done all the same.
    fileprivate var isLostAnswer: Bool {
        if case .transport(let error) = code {
            return error.mayHaveBeenSent && error.code != .cancelled
        }
        return status == 504
    }

    /// Whether another content may be taken where this was not.
    ///
    /// A crash (500) is also what Mautic answers to a batch with too many contacts, and 413 what a proxy does.
    fileprivate var isAboutContent: Bool { [400, 413, 422, 500].contains(status) }

    /// Whether the server will not answer this question, and may take contacts all the same.
    fileprivate var isAboutAsking: Bool {
        switch code {
        case .notPermitted, .notFound, .validation, .refused, .badResponse: true
        case .temporary: status == 500
        default: false
        }
    }
}
