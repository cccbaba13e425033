import SesameMautic
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `An interrupted import` {
    private let folder = TemporaryFolder()
    private var path: String { folder.file("contacts.csv.journal") }

    private func journal(_ identity: String = "contacts.csv aivie") throws -> ImportJournal {
        try ImportJournal(path, identity: identity)
    }

    @Test func `goes on where it was, and sends no row twice`() async throws {
        let mautic = PracticeMautic()
        var batches = 0
        let first = try await run(
            rows(0..<1000), mautic, journal: try journal(),
            shouldStop: {
                batches += 1
                return batches > 3
            })
        #expect(first.isInterrupted)
        #expect(first.counts.created < 1000)
        let second = try await run(rows(0..<1000), mautic, journal: try journal())
        #expect(!second.isInterrupted)
        #expect(second.resumedRows == first.counts.rows)
        #expect(second.counts == counts(created: 1000))
        #expect(mautic.sentRows == 1000)
        #expect(throws: PrivateFile.Failure.self) { try contents(of: path) }
    }

    @Test func `does not send again what arrived without the journal knowing`() async throws {
        let mautic = PracticeMautic()
        _ = try await run(rows(0..<300), mautic)
        let summary = try await run(rows(0..<1000), mautic, journal: try journal())
        #expect(summary.counts == counts(created: 700, unchanged: 300))
        #expect(mautic.sentRows == 1000)
    }

    @Test func `after the server has gone tells how far it got`() async throws {
        let mautic = PracticeMautic()
        var gone = Fault.unavailable.at(.api, of: "mautic", count: 100_000)
        gone.skip = 5
        mautic.install(gone)
        let failure = try await #require(throws: ImportFailure.self) {
            _ = try await run(rows(0..<1000), mautic, journal: try journal())
        }
        guard case .server(let error) = failure.reason, case .temporary = error.code else {
            Issue.record("\(failure.reason)")
            return
        }
        #expect(failure.summary.counts.created == (try mautic.count("contacts")))
    }

    @Test func `writes the file of failed rows once, whatever was in it behind the journal's end`()
        async throws
    {
        let mautic = PracticeMautic()
        let text = rows(0..<250) + "nobody,x\n" + rows(250..<300, header: false) + "no one,x\n"
        func failed() -> FailedRows {
            FailedRows(
                folder.file("failed"), .csv(delimiter: UInt8(ascii: ",")),
                header: Array("email,firstname".utf8))
        }
        _ = try await run(
            text, client: try mautic.client, concurrency: 1, journal: try journal(),
            failed: failed(), shouldStop: { failed().isTaken })
        let kept = try contents(of: folder.file("failed"))
        #expect(kept.split(separator: "\n").count == 2)
        try PrivateFile.replace(folder.file("failed"), Secret(utf8: kept + "half a ro"))
        let summary = try await run(
            text, client: try mautic.client, journal: try journal(), failed: failed())
        #expect(summary.counts == counts(created: 300, failed: 2))
        let lines = try contents(of: folder.file("failed")).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1].hasSuffix(",nobody,x"))
        #expect(lines[2].hasSuffix(",no one,x"))
    }

    @Test func `never writes into a file of failed rows that another import has made meanwhile`()
        async throws
    {
        func failed() -> FailedRows {
            FailedRows(
                folder.file("failed"), .csv(delimiter: UInt8(ascii: ",")),
                header: Array("email,firstname".utf8))
        }
        let mautic = PracticeMautic()
        let second = failed()
        #expect(!second.isTaken)
        _ = try await run("email,firstname\nnobody,x\n", mautic, failed: failed())
        let kept = try contents(of: folder.file("failed"))
        let failure = try await #require(throws: ImportFailure.self) {
            _ = try await run(
                "email,firstname\nno one,y\n", mautic, journal: try journal(), failed: second)
        }
        guard case .output = failure.reason else {
            Issue.record("\(failure.reason)")
            return
        }
        #expect(try contents(of: folder.file("failed")) == kept)
        // Nor later: its journal does not say that the file is its own.
        #expect(try !journal().hasFailedRows)
    }

    @Test func `gives a file of failed rows its header again that somebody has emptied`()
        async throws
    {
        let mautic = PracticeMautic()
        func failed() -> FailedRows {
            FailedRows(
                folder.file("failed"), .csv(delimiter: UInt8(ascii: ",")),
                header: Array("email,firstname".utf8))
        }
        let text = "email,firstname\nnobody,x\n" + rows(0..<150, header: false) + "no one,y\n"
        _ = try await run(
            text, client: try mautic.client, concurrency: 1, journal: try journal(),
            failed: failed(), shouldStop: { failed().isTaken })
        try PrivateFile.replace(folder.file("failed"), Secret(utf8: ""))
        _ = try await run(text, client: try mautic.client, journal: try journal(), failed: failed())
        let lines = try contents(of: folder.file("failed")).split(separator: "\n")
        #expect(lines.first == "sesame_error,email,firstname")
        #expect(lines.count == 2)
    }

    @Test(arguments: ["user50@x.example,Changed\n", ""])
    func `does not go on with a file that has changed`(_ line: String) async throws {
        let mautic = PracticeMautic()
        var batches = 0
        _ = try await run(
            rows(0..<300), client: try mautic.client, concurrency: 1, journal: try journal(),
            shouldStop: {
                batches += 1
                return batches > 1
            })
        let other = rows(0..<50) + line + rows(51..<90, header: false)
        let failure = try await #require(throws: ImportFailure.self) {
            _ = try await run(other, mautic, journal: try journal())
        }
        guard case .file(let error) = failure.reason else {
            Issue.record("\(failure.reason)")
            return
        }
        #expect(error.message.hasPrefix("rows 1 to 100 are not those that were imported"))
    }

    @Test
    func `does not take another import's journal, nor one that is in use, nor any other file`()
        throws
    {
        let first = try journal()
        #expect(message { try journal() }?.contains("is in use") == true)
        withExtendedLifetime(first) {}
        try PrivateFile.replace(path, Secret(utf8: "# Notes\nwhat I wanted to keep\n"))
        #expect(message { try journal() }?.contains("is no journal of an import") == true)
        #expect(try contents(of: path).hasPrefix("# Notes"))
    }

    @Test func `of another profile is another import`() throws {
        do { _ = try journal() }
        #expect(
            message { try journal("contacts.csv other") }?.contains("belongs to another import")
                == true)
    }

    @Test func `takes no notice of a last line that was not finished`() async throws {
        let mautic = PracticeMautic()
        var batches = 0
        let first = try await run(
            rows(0..<500), mautic, journal: try journal(),
            shouldStop: {
                batches += 1
                return batches > 2
            })
        let lines = try contents(of: path)
        try PrivateFile.replace(path, Secret(utf8: lines + "{\"rows\":[401,5"))
        let second = try await run(rows(0..<500), mautic, journal: try journal())
        #expect(second.resumedRows == first.counts.rows)
        #expect(second.counts == counts(created: 500))
        #expect(mautic.sentRows == 500)
    }

    private func message(_ body: () throws -> ImportJournal) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? ImportJournal.Failure)?.message
        }
    }
}
