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
        /// The fewest rows over which the server broke down, and over none of them alone.
        var tooMany: Int?
    }

    /// How often answers may be lost before somebody else should look.
    private static let lostAnswers = 8
    /// A server goes on with a request that nobody waits for; what it stores shows when we look, and when two looks show
    /// the same it has come to its end.
    private static let pauseBetweenLooks = Duration.seconds(20)
    private static let looks = 15
    /// Without the right to look: the longest that PHP works on a request as a rule, and then some.
    private static let pauseWithoutLooking = Duration.seconds(180)

    let client: MauticClient
    let uniqueAliases: Set<String>

    /// Sends the rows that say something new.
    /// - Parameter mayLook: whether contacts may be looked at, as far as is known.
    /// - Throws: ``MauticError`` where other rows could not be sent either.
    func send(_ batch: ImportBatch, mayLook: Bool) async throws(MauticError) -> Report {
        var report = Report(mayLook: mayLook)
        var work = BatchWork(batch, uniqueAliases)
        _ = try await look(for: &work, &report, isFirst: true)
        // In order, and one after the other: of two rows with one address the later one wins.
        var queue = [work.open]
        var losses = 0
        var hasCulprit = false
        while let rows = queue.popLast().map({ work.open($0) }) {
            guard !rows.isEmpty else { continue }
            do {
                work.take(try await client.create(batch: work.drafts(rows), .workOnce), of: rows)
            } catch {
                if error.isLostAnswer, losses < Self.lostAnswers {
                    losses += 1
                    try await settle(&work, &report)
                } else if error.isAboutContent, rows.count > 1 {
                    // One of them is what the server breaks down over, or there are too many: half of them tell which.
                    report.tooMany = min(report.tooMany ?? .max, rows.count)
                    _ = try await look(for: &work, &report, isFirst: false)
                } else if error.isAboutContent {
                    // Unless it breaks down over everything.
                    _ = try await client.whoAmI(.work)
                    hasCulprit = true
                    work.refuse(rows[0], error)
                    continue
                } else {
                    throw error
                }
                let middle = rows.count / 2
                queue += [Array(rows[middle...]), Array(rows[..<middle])]
            }
        }
        if hasCulprit { report.tooMany = nil }
        report.outcomes = work.inOrder
        return report
    }

    /// Waits until the server has come to the end of a request whose answer was lost.
    private func settle(_ work: inout BatchWork, _ report: inout Report) async throws(MauticError) {
        var left: Int?
        for _ in 0..<Self.looks {
            try await client.exchange.wait(Self.pauseBetweenLooks)
            guard try await look(for: &work, &report, isFirst: false) else {
                return try await client.exchange.wait(Self.pauseWithoutLooking)
            }
            guard left != work.open.count else { return }
            left = work.open.count
        }
    }

    /// Finds out which rows need not be sent: those whose contact has all of it already, be it from before or from a
    /// request of ours.
    /// - Returns: whether all could be looked at.
    private func look(
        for work: inout BatchWork, _ report: inout Report, isFirst: Bool
    ) async throws(MauticError) -> Bool {
        guard report.mayLook else { return false }
        for part in work.parts(urlBytes: 4000) {
            do {
                let found = try await client.contacts(withEmails: part, .work)
                work.meet(found, among: part, isFirst: isFirst)
            } catch {
                if case .notPermitted = error.code {
                    report.mayLook = false
                    return false
                }
                // Another time it may work; contacts can be taken all the same.
                guard error.isAboutAsking else { throw error }
                return false
            }
        }
        return true
    }
}

extension MauticError {
    /// Whether the request may have been done all the same, or may be under way still.
    fileprivate var isLostAnswer: Bool {
        if case .transport(let error) = code {
            return error.mayHaveBeenSent && error.code != .cancelled
        }
        return status == 502 || status == 504
    }

    /// Whether another content may be taken where this was not.
    ///
    /// A crash (500, in Mautic's own words) is also what it answers to a batch with too many contacts, and 413 what a
    /// proxy does.
    fileprivate var isAboutContent: Bool {
        [400, 413, 422].contains(status) || (status == 500 && isMauticsOwn)
    }

    /// Whether the server will not answer this question, and may take contacts all the same.
    fileprivate var isAboutAsking: Bool {
        switch code {
        case .notFound, .validation, .refused, .badResponse: true
        case .temporary: status == 500 && isMauticsOwn
        default: false
        }
    }
}
