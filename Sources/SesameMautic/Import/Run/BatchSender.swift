import SesameHTTP
import SesameSecrets
import SesameSystem

/// Brings one batch to the server, in as many requests as it takes, none of them at the same time.
struct BatchSender: Sendable {
    /// What became of a batch.
    struct Report: Sendable {
        /// Of each row in order; `nil` for those that are still to be sent.
        var outcomes: [RowOutcome?] = []
        /// Why it was broken off.
        var error: MauticError?
        /// Whether the server may still be at work on a request whose answer was lost.
        var mayBeUnderWay = false
        /// That rows failed over which the server broke down, before it had taken any; `nil` for all others.
        var suspects: [RowOutcome?] = []
        /// What is to be said of them where it may have been the server.
        var suspicion: MauticError?
        /// Whether the server lets us look at contacts.
        var mayLook: Bool
        /// The fewest rows over which the server broke down, and over none of them alone.
        var tooMany: Int?
    }

    /// How often the server may break down without words, with nothing taken in between: as often as a batch is halved,
    /// and once for each try of the last row.
    private static let breakdowns = 12
    /// How often a row is sent alone before it is to blame for that.
    private static let triesAlone = 3
    /// A server goes on with a request that nobody waits for; what it stores shows when we look, and when two looks show
    /// the same it has come to its end.
    private static let pauseBetweenLooks = Duration.seconds(20)
    private static let looks = 30
    /// Without the right to look: the longest that PHP works on a request as a rule, and then some.
    private static let pauseWithoutLooking = Duration.seconds(180)

    /// Rows that go with one request.
    private struct Part {
        var rows: [Int]
        /// How often the server broke down over them without words.
        var breakdowns = 0

        /// The first half last, since the last one is sent next.
        var halves: [Part] {
            let middle = rows.count / 2
            return [Part(rows: Array(rows[middle...])), Part(rows: Array(rows[..<middle]))]
        }
    }

    let client: MauticClient
    let columns: ColumnMap
    let refusals: Refusals
    /// Whether contacts may be looked at, as far as is known.
    let mayLook: Bool
    /// The most rows of one request.
    let batchSize: Int
    /// Whether an earlier run has sent these rows without knowing what became of them.
    let wasUnderWay: Bool

    /// Sends the rows that say something new, as far as it gets.
    func send(_ batch: ImportBatch) async -> Report {
        var report = Report(mayLook: mayLook)
        var work = BatchWork(batch, columns)
        do throws(MauticError) {
            try await send(&work, &report)
        } catch {
            report.error = error
            report.mayBeUnderWay = report.mayBeUnderWay || error.isLostAnswer
            work.forgetBlame()
        }
        if report.suspicion != nil { report.suspects = work.forgetBlame() }
        report.outcomes = work.inOrder
        return report
    }

    /// - Throws: ``MauticError`` where other rows could not be sent either.
    private func send(_ work: inout BatchWork, _ report: inout Report) async throws(MauticError) {
        if wasUnderWay {
            report.mayBeUnderWay = true
            let seen = try await lookAgain(&work, &report)
            try await settle(&work, &report, seen: seen)
        }
        _ = try await look(at: work.singleAddresses, &report) { found, emails in
            work.meetFirst(found, among: emails)
        }
        // In order, and one after the other: of two rows with one address the later one wins.
        let open = work.open
        var queue = stride(from: 0, to: open.count, by: batchSize).reversed().map {
            Part(rows: Array(open[$0..<min($0 + batchSize, open.count)]))
        }
        var breakdowns = 0
        var hasCulprit = false
        while var part = queue.popLast() {
            part.rows = work.open(part.rows)
            guard !part.rows.isEmpty else { continue }
            do {
                let results = try await client.create(batch: work.drafts(part.rows), .workOnce)
                work.take(results, of: part.rows)
                breakdowns = 0
                refusals.forget()
            } catch {
                if error.isBreakdown {
                    breakdowns += 1
                    part.breakdowns += 1
                }
                guard error.isBreakdown ? breakdowns <= Self.breakdowns : error.isAboutContent
                else { throw error }
                if !error.isMauticsOwn, !error.isBreakdown { try await expectMautic(after: error) }
                try await settle(after: error, &work, &report)
                if part.rows.count > 1 {
                    // One answer may be lost at any time, and says nothing of the size.
                    if !error.isBreakdown || error.isOfSize || breakdowns > 1 {
                        report.tooMany = min(report.tooMany ?? .max, part.rows.count)
                    }
                    // One of them is what the server breaks down over, or there are too many: half of them tell which.
                    queue += part.halves
                } else if error.isBreakdown, part.breakdowns < Self.triesAlone {
                    queue.append(part)
                } else if let row = work.open(part.rows).first {
                    try await expectSoundServer(after: error)
                    let times =
                        error.isBreakdown
                        ? "the server broke down over it \(part.breakdowns) times: " : ""
                    let suspicion = work.blame(row, times + error.message, error)
                    report.suspicion = report.suspicion ?? suspicion
                    hasCulprit = true
                    breakdowns = 0
                }
            }
        }
        if hasCulprit { report.tooMany = nil }
        if refusals.hasTaken { report.suspicion = nil }
    }

    /// A row is to blame only for what the server does not do over all of them, and while it answers other questions.
    private func expectSoundServer(after error: MauticError) async throws(MauticError) {
        guard refusals.count() <= Refusals.limit else {
            var error = error
            error.hints.append(
                "\(Refusals.limit) rows in succession failed like this: it may be a column; leave some out to find which (--map 'Column=')"
            )
            throw error
        }
        try await expectMautic(after: error)
    }

    /// Waits until Mautic answers a question that has nothing to do with the rows.
    private func expectMautic(after error: MauticError) async throws(MauticError) {
        do throws(MauticError) {
            _ = try await client.whoAmI(.work)
        } catch let refusal {
            switch refusal.code {
            // That this question is not for everybody is an answer, too.
            case .notPermitted where refusal.isMauticsOwn: return
            // Somebody else answers here.
            case .notPermitted, .badResponse: throw error
            default: guard refusal.isAboutAsking else { throw refusal }
            }
        }
    }

    /// Waits until nothing of a request is under way any more, and looks what has arrived.
    private func settle(
        after error: MauticError, _ work: inout BatchWork, _ report: inout Report
    ) async throws(MauticError) {
        if error.isLostAnswer {
            try await settle(&work, &report)
        } else if try await lookAgain(&work, &report) == nil, error.isBreakdown {
            try await expectMautic(after: error)
        }
    }

    /// Waits until the server has come to the end of a request whose answer was lost: until two looks show the same.
    /// - Parameter seen: what was seen just now.
    /// - Throws: ``MauticError`` when it is still at work after all the time that anybody waits.
    private func settle(
        _ work: inout BatchWork, _ report: inout Report, seen: BatchWork.View? = nil
    ) async throws(MauticError) {
        report.mayBeUnderWay = true
        var seen = seen
        for _ in 0..<Self.looks {
            try await client.exchange.wait(Self.pauseBetweenLooks, for: .lostAnswer)
            guard let view = try await lookAgain(&work, &report) else {
                try await client.exchange.wait(Self.pauseWithoutLooking, for: .lostAnswer)
                report.mayBeUnderWay = false
                return
            }
            // Where nothing is left to be sent there is nothing to wait for.
            guard seen != view, !work.open.isEmpty else {
                report.mayBeUnderWay = false
                return
            }
            seen = view
        }
        throw MauticError(
            .temporary, "the server is still at work on a request whose answer was lost",
            hints: ["try again later, with smaller batches: --batch N"])
    }

    /// Looks at all contacts whose rows are still to be sent.
    /// - Returns: how they stand; `nil` where they cannot be looked at.
    private func lookAgain(
        _ work: inout BatchWork, _ report: inout Report
    ) async throws(MauticError) -> BatchWork.View? {
        var view = BatchWork.View()
        let isDone = try await look(at: work.openAddresses, &report) { found, emails in
            work.note(found, among: emails, in: &view)
            work.meetAgain(found, among: emails)
        }
        return isDone ? view : nil
    }

    /// Asks for the contacts of these addresses, as many at a time as go into a URL.
    ///
    /// One whose contact is too large for an answer is left out.
    /// - Returns: whether all could be looked at.
    private func look(
        at emails: [String], _ report: inout Report, _ meet: ([ContactAnswer], [String]) -> Void
    ) async throws(MauticError) -> Bool {
        guard report.mayLook else { return false }
        var queue = emails.parts(urlBytes: 4000)
        var isWhole = true
        while let part = queue.popLast() {
            do {
                meet(try await client.contacts(withEmails: part, .work), part)
            } catch {
                if error.isOfAnswerSize {
                    let middle = part.count / 2
                    if part.count > 1 {
                        queue += [Array(part[middle...]), Array(part[..<middle])]
                    } else {
                        isWhole = false
                    }
                    continue
                }
                // What stands before the server may have refused these addresses only.
                if case .notPermitted = error.code {
                    if error.isMauticsOwn { report.mayLook = false }
                    return false
                }
                // Another time it may work; contacts can be taken all the same.
                guard error.isAboutAsking else { throw error }
                return false
            }
        }
        return isWhole
    }
}
