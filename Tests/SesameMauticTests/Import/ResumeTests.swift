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
        try openedJournal(path, identity)
    }

    private func failed() -> FailedRows {
        FailedRows(
            folder.file("failed"), .csv(delimiter: UInt8(ascii: ",")),
            header: Array("email,firstname".utf8))
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

    @Test func `knows what was done of a batch that was broken off`() async throws {
        let mautic = PracticeMautic()
        // The batch is too large (who asks, and what is there?), its first half is taken, and then the server is gone.
        var tooLarge = Fault.answering(413, "text/html", "").at(.api, of: "mautic")
        tooLarge.skip = 2
        var gone = Fault.unavailable.at(.api, of: "mautic", count: 13)
        gone.skip = 3
        mautic.install(tooLarge, gone)
        let text = rows(0..<19) + "nobody,x\n"
        let failure = try await #require(throws: ImportFailure.self) {
            _ = try await run(text, mautic, journal: try journal(), failed: failed())
        }
        #expect(failure.summary.counts == counts(created: 9, failed: 1))
        let summary = try await run(text, mautic, journal: try journal(), failed: failed())
        #expect(summary.counts == counts(created: 19, failed: 1))
        #expect(summary.resumedRows == 10)
        #expect(try contents(of: folder.file("failed")).split(separator: "\n").count == 2)
    }

    @Test func `waits until the server is at the end of what was under way when it was broken off`()
        async throws
    {
        let server = BreakingServer(losesFirst: true)
        // Somebody ends the wait for the lost answer.
        let failure = try await #require(throws: ImportFailure.self) {
            _ = try await run(
                rows(0..<30), client: server.client(time: EndedTime()), journal: try journal())
        }
        #expect(failure.summary.counts.rows == 0)
        let summary = try await run(
            rows(0..<30), client: try server.client, journal: try journal())
        #expect(summary.counts.rows == 30)
        #expect(server.meetings == 0, "the next request came while the lost one was at work")
        #expect(server.sizes == [30])
        #expect(server.count == 30)
    }

    /// Imports these rows until the answer to the first batch is lost, and somebody ends the wait for it.
    private func breakOff(_ text: String, _ server: BreakingServer) async throws {
        await #expect(throws: ImportFailure.self) {
            _ = try await run(
                text, client: server.client(time: EndedTime()), journal: try journal())
        }
    }

    @Test func `waits as well for contacts that were there and are being changed`() async throws {
        let server = BreakingServer()
        _ = try await run(rows(0..<20), client: try server.client)
        server.rename("Old")
        server.loseNext()
        try await breakOff(rows(0..<30), server)
        let summary = try await run(
            rows(0..<30), client: try server.client, journal: try journal())
        #expect(summary.counts.rows == 30)
        #expect(server.meetings == 0, "the next request came while the lost one was at work")
    }

    @Test func `waits for all that was sent together, however many go together now`() async throws {
        let server = BreakingServer(losesFirst: true)
        try await breakOff(rows(0..<30), server)
        let summary = try await run(
            rows(0..<50), client: try server.client, batch: 5, journal: try journal())
        #expect(summary.counts.rows == 50)
        #expect(server.meetings == 0, "a request came while the lost one was at work")
        #expect(server.count == 50)
    }

    @Test func `does not forget what was under way before the run before`() async throws {
        let server = BreakingServer(losesFirst: true)
        try await breakOff(rows(0..<30), server)
        await #expect(throws: ImportFailure.self) {
            _ = try await run(
                rows(0..<50), client: server.client(time: EndedTime()), batch: 5, concurrency: 1,
                journal: try journal())
        }
        let summary = try await run(
            rows(0..<50), client: try server.client, batch: 5, journal: try journal())
        #expect(summary.counts.rows == 50)
        #expect(server.meetings == 0)
    }

    @Test func `waits for nothing any more where the rest of it was refused as it is`() async throws
    {
        let mautic = PracticeMautic()
        // The first half is taken, and the connection ends over the second one.
        var tooLarge = Fault.answering(413, "text/html", "").at(.api, of: "mautic")
        tooLarge.skip = 2
        var dropped = Fault.dropped.at(.api, of: "mautic")
        dropped.skip = 3
        mautic.install(tooLarge, dropped)
        await #expect(throws: ImportFailure.self) {
            _ = try await run(
                rows(0..<30), client: mautic.client(time: EndedTime()), journal: try journal())
        }
        #expect(try mautic.count("contacts") == 15)
        // Nothing of it is under way, and then the password is refused.
        var refused = Fault.answering(401, "text/html", "").at(.api, of: "mautic")
        refused.skip = 4
        mautic.install(refused)
        await #expect(throws: ImportFailure.self) {
            _ = try await run(rows(0..<30), mautic, journal: try journal())
        }
        let pauses = mautic.time.pauses
        #expect(pauses == [20])
        let summary = try await run(rows(0..<30), mautic, journal: try journal())
        #expect(summary.counts == counts(created: 30))
        #expect(mautic.time.pauses == pauses)
    }

    @Test func `sees that rows have changed that were under way`() async throws {
        let server = BreakingServer(losesFirst: true)
        try await breakOff(rows(0..<30), server)
        let failure = try await #require(throws: ImportFailure.self) {
            _ = try await run(
                rows(1..<31), client: try server.client, journal: try journal())
        }
        guard case .file = failure.reason else {
            Issue.record("\(failure.reason)")
            return
        }
        #expect(server.sizes == [30])
    }

    @Test func `waits for nothing where it was broken off in a wait for a limit`() async throws {
        let mautic = PracticeMautic()
        var limited = Fault.rateLimited(reset: mautic.time.now.seconds + 1800)
            .at(.api, of: "mautic")
        limited.skip = 2
        mautic.install(limited)
        await #expect(throws: ImportFailure.self) {
            _ = try await run(
                rows(0..<30), client: mautic.client(time: EndedTime()), journal: try journal())
        }
        let summary = try await run(rows(0..<30), mautic, journal: try journal())
        #expect(summary.counts == counts(created: 30))
        #expect(mautic.time.pauses == [])
    }

    @Test func `waits for nothing where nothing was under way`() async throws {
        let mautic = PracticeMautic()
        var batches = 0
        _ = try await run(
            rows(0..<600), mautic, journal: try journal(),
            shouldStop: {
                batches += 1
                return batches > 3
            })
        _ = try await run(rows(0..<600), mautic, journal: try journal())
        #expect(mautic.time.pauses == [])
    }

    @Test func `sees before it sends that the file has changed, wherever its rows are`()
        async throws
    {
        let mautic = PracticeMautic()
        _ = try await run(
            rows(0..<300), client: try mautic.client, concurrency: 1, journal: try journal(),
            shouldStop: { ((try? mautic.count("contacts")) ?? 0) >= 200 })
        // As if the first of two lanes had been the slower one.
        let lines = try contents(of: path).split(separator: "\n").filter {
            !$0.hasPrefix(#"{"rows":[1,"#)
        }
        try PrivateFile.replace(path, Secret(utf8: lines.joined(separator: "\n") + "\n"))
        let columns = ColumnMap(fields: try await mautic.client.fields())
        func check(_ text: String) throws {
            var reader = try CSVReader(TextInput(TextPieces(text)))
            _ = try ContactCheck(&reader, columns, journal: try journal())
        }
        try check(rows(0..<300))
        #expect(throws: ContactFileError.self) {
            try check(rows(0..<1) + rows(0..<300, header: false))
        }
        #expect(throws: ContactFileError.self) { try check(rows(0..<150)) }
    }

    @Test func `writes failed rows once, whatever of them was written before it was killed`()
        async throws
    {
        let mautic = PracticeMautic()
        let text = rows(0..<250) + "nobody,x\n" + rows(250..<300, header: false) + "no one,x\n"
        _ = try await run(
            text, client: try mautic.client, concurrency: 1, journal: try journal(),
            failed: failed(), shouldStop: { failed().isTaken })
        let kept = try contents(of: folder.file("failed"))
        #expect(kept.split(separator: "\n").count == 2)
        // As if it had been killed between the rows of the file and the journal's line of them.
        let noted = try contents(of: path).split(separator: "\n").dropLast()
        try PrivateFile.replace(path, Secret(utf8: noted.joined(separator: "\n") + "\n"))
        let summary = try await run(
            text, client: try mautic.client, concurrency: 1, journal: try journal(),
            failed: failed())
        #expect(summary.counts == counts(created: 201, unchanged: 99, failed: 2))
        let lines = try contents(of: folder.file("failed")).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1].hasSuffix(",nobody,x"))
        #expect(lines[2].hasSuffix(",no one,x"))
    }

    @Test func `never writes into a file of failed rows that another import has made meanwhile`()
        async throws
    {
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

    @Test(arguments: ["nobody", "somebody@x.example, whose address is mended now"])
    func `leaves a file of failed rows alone that somebody has mended`(_ mended: String)
        async throws
    {
        let mautic = PracticeMautic()
        let text = "email,firstname\nnobody0,x\n" + rows(0..<150, header: false) + "no one,y\n"
        _ = try await run(
            text, client: try mautic.client, concurrency: 1, journal: try journal(),
            failed: failed(), shouldStop: { failed().isTaken })
        let kept = try contents(of: folder.file("failed")).replacing(
            ",nobody0,", with: ",\(mended),")
        try PrivateFile.replace(folder.file("failed"), Secret(utf8: kept))
        let failure = try await #require(throws: ImportFailure.self) {
            _ = try await run(
                text, client: try mautic.client, journal: try journal(), failed: failed())
        }
        guard case .output(let words) = failure.reason else {
            Issue.record("\(failure.reason)")
            return
        }
        #expect(words.contains("move it away"))
        #expect(try contents(of: folder.file("failed")) == kept)
        // Moved away, it is in nobody's way.
        try PrivateFile.replace(folder.file("failed"), Secret(utf8: ""))
        let summary = try await run(
            text, client: try mautic.client, journal: try journal(), failed: failed())
        #expect(summary.counts == counts(created: 150, failed: 2))
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
        #expect(
            message { try ImportJournal(path, identity: "contacts.csv aivie") }?.contains(
                "is in use") == true)
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
