import SesameHTTP
import SesameSecrets
import SesameSystem

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
    let refusals: Refusals

    /// Sends the rows that say something new.
    /// - Parameter mayLook: whether contacts may be looked at, as far as is known.
    /// - Throws: ``MauticError`` where other rows could not be sent either.
    func send(_ batch: ImportBatch, mayLook: Bool) async throws(MauticError) -> Report {
        var report = Report(mayLook: mayLook)
        var work = BatchWork(batch, uniqueAliases)
        _ = try await look(at: work.singleAddresses, &report) { found, emails in
            work.meetFirst(found, among: emails)
        }
        // In order, and one after the other: of two rows with one address the later one wins.
        var queue = [work.open]
        var losses = 0
        var hasCulprit = false
        while let rows = queue.popLast().map({ work.open($0) }) {
            guard !rows.isEmpty else { continue }
            do {
                work.take(try await client.create(batch: work.drafts(rows), .workOnce), of: rows)
                refusals.forget()
                continue
            } catch {
                if error.isLostAnswer, losses < Self.lostAnswers {
                    losses += 1
                    try await settle(&work, &report)
                } else if error.isAboutContent, rows.count > 1 {
                    // One of them is what the server breaks down over, or there are too many: half of them tell which.
                    report.tooMany = min(report.tooMany ?? .max, rows.count)
                    _ = try await lookAgain(&work, &report)
                } else if error.isAboutContent {
                    try await expectSoundServer(after: error)
                    hasCulprit = true
                    work.refuse(rows[0], error)
                    continue
                } else {
                    throw error
                }
            }
            let middle = rows.count / 2
            queue += [Array(rows[middle...]), Array(rows[..<middle])]
        }
        if hasCulprit { report.tooMany = nil }
        report.outcomes = work.inOrder
        return report
    }

    /// A row is to blame only for what the server does not do over all of them, and while it answers other questions.
    private func expectSoundServer(after error: MauticError) async throws(MauticError) {
        guard refusals.count() <= Refusals.limit else { throw error }
        do {
            _ = try await client.whoAmI(.work)
        } catch {
            // That this question is not for everybody is an answer, too.
            if case .notPermitted = error.code { return }
            guard error.isAboutAsking else { throw error }
        }
    }

    /// Waits until the server has come to the end of a request whose answer was lost: until it shows the same contacts
    /// twice.
    private func settle(_ work: inout BatchWork, _ report: inout Report) async throws(MauticError) {
        var seen: Set<Int64>?
        for _ in 0..<Self.looks {
            try await client.exchange.wait(Self.pauseBetweenLooks)
            guard let ids = try await lookAgain(&work, &report) else {
                return try await client.exchange.wait(Self.pauseWithoutLooking)
            }
            guard seen != ids else { return }
            seen = ids
        }
    }

    /// Looks at all contacts whose rows are still to be sent.
    /// - Returns: the numbers of those that are there; `nil` where they cannot be looked at.
    private func lookAgain(
        _ work: inout BatchWork, _ report: inout Report
    ) async throws(MauticError) -> Set<Int64>? {
        var ids: Set<Int64> = []
        let isDone = try await look(at: work.openAddresses, &report) { found, emails in
            ids.formUnion(found.map(\.id))
            work.meetAgain(found, among: emails)
        }
        return isDone ? ids : nil
    }

    /// Asks for the contacts of these addresses, as many at a time as go into a URL.
    /// - Returns: whether all could be looked at.
    private func look(
        at emails: [String], _ report: inout Report, _ meet: ([ContactAnswer], [String]) -> Void
    ) async throws(MauticError) -> Bool {
        guard report.mayLook else { return false }
        for part in emails.parts(urlBytes: 4000) {
            do {
                meet(try await client.contacts(withEmails: part, .work), part)
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

/// How many rows in succession were refused alone, with none taken in between.
final class Refusals: Sendable {
    /// With more of them it is no row that is to blame.
    static let limit = 20

    private let rows = Locked(0)

    /// Counts one more.
    func count() -> Int {
        rows.withLock { rows in
            rows += 1
            return rows
        }
    }

    /// Begins anew, since something was taken.
    func forget() { rows.withLock { $0 = 0 } }
}

extension [String] {
    /// The same in parts that have so many bytes at the most in a URL.
    fileprivate func parts(urlBytes limit: Int) -> [[String]] {
        var parts: [[String]] = []
        var bytes = limit
        for text in self {
            let size = text.utf8.reduce(3) { $0 + (isUnreserved($1) ? 1 : 3) }
            bytes += size
            if bytes > limit {
                parts.append([])
                bytes = size
            }
            parts[parts.count - 1].append(text)
        }
        return parts
    }
}

/// Whether a byte stands for itself in a query (RFC 3986, section 2.3).
private func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
    default: false
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
        status == 413 || (isMauticsOwn && [400, 422, 500].contains(status))
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
