import SesameJSON
import SesameMautic
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `An import of contacts` {
    @Test func `creates them, updates those that differ, and sends nothing for those that are so`()
        async throws
    {
        let mautic = PracticeMautic()
        let first = try await run("email,firstname\na@x.example,Ada\nb@x.example,Bea\n", mautic)
        #expect(first.counts == counts(created: 2))
        let before = mautic.sentRows
        let text = "email,firstname\nA@x.example,Ada\nb@x.example,Berta\nc@x.example,Cleo\n"
        let second = try await run(text, mautic)
        #expect(second.counts == counts(created: 1, updated: 1, unchanged: 1))
        #expect(mautic.sentRows - before == 2)
        #expect(try await value("firstname", of: "b@x.example", mautic) == "Berta")
    }

    @Test func `takes two requests for a hundred contacts`() async throws {
        let mautic = PracticeMautic()
        let summary = try await run(rows(0..<1000), mautic)
        #expect(summary.counts == counts(created: 1000))
        // And one for the fields.
        #expect(mautic.requests.count == 21)
        #expect(try mautic.count("contacts") == 1000)
    }

    @Test func `never has one address under way twice, and the last row wins`() async throws {
        let mautic = PracticeMautic()
        let lines = (0..<60).map { "same@x.example,n\($0)\nother\($0)@x.example,o" }
        let summary = try await run(
            "email,firstname\n" + lines.joined(separator: "\n"), mautic, batch: 7)
        #expect(summary.counts.rows == 120)
        #expect(summary.counts.failed == 0)
        #expect(mautic.sharedInParallel == [])
        #expect(try mautic.count("shared_addresses") == 0)
        #expect(try await value("firstname", of: "same@x.example", mautic) == "n59")
    }

    @Test func `of a batch whose answer was lost sends nothing twice`() async throws {
        let mautic = PracticeMautic()
        _ = try await run("email,firstname\nuser3@x.example,Old\n", mautic)
        let before = mautic.sentRows
        // Behind the fields, and the look at the contacts.
        var lost = Fault.lostAnswer.at(.api, of: "mautic")
        lost.skip = 2
        mautic.install(lost)
        let summary = try await run(rows(0..<10), mautic)
        #expect(summary.counts == counts(created: 9, updated: 1))
        #expect(mautic.sentRows - before == 10)
        #expect(try mautic.count("shared_addresses") == 0)
    }

    @Test func `goes on where every tenth request fails, connections end, and a limit is reached`()
        async throws
    {
        let mautic = PracticeMautic()
        var crash = Fault.serverError.at(.api, of: "mautic", count: 1000)
        crash.skip = 9
        crash.every = 10
        var lost = Fault.lostAnswer.at(.api, of: "mautic", count: 4)
        lost.every = 7
        var limited = Fault.rateLimited(reset: mautic.time.now.seconds + 1800)
            .at(.api, of: "mautic")
        limited.skip = 1
        mautic.install(limited, lost, crash)
        let summary = try await run(rows(0..<600), mautic, batch: 20)
        #expect(summary.counts == counts(created: 600))
        #expect(try mautic.count("contacts") == 600)
        #expect(try mautic.count("shared_addresses") == 0)
        #expect(mautic.time.pauses.max() ?? 0 >= 1700)
    }

    @Test func `waits until the server has come to the end of a request whose answer was lost`()
        async throws
    {
        let server = BreakingServer(losesFirst: true)
        let summary = try await run(rows(0..<30), client: try server.client)
        #expect(summary.counts == counts(created: 30))
        #expect(server.sizes == [30], "nothing was sent again")
        #expect(server.meetings == 0)
        #expect(server.count == 30)
    }

    @Test func `sends what may be another value, such as a time without a zone`() async throws {
        let mautic = PracticeMautic()
        let before =
            "email,trial_end,notes\na@x.example,2026-12-01 08:00,\nb@x.example,2026-12-01T08:00:00Z,x\n"
        _ = try await run(before, mautic)
        let after =
            "email,trial_end,notes\na@x.example,2026-12-01 12:00,\nb@x.example,2026-12-01T08:00:00Z,x\n"
        #expect(try await run(after, mautic).counts == counts(updated: 1, unchanged: 1))
        #expect(try await value("trial_end", of: "a@x.example", mautic) == "2026-12-01 12:00:00")
    }

    @Test func `sends again, after a refusal of the whole batch, what may be another value`()
        async throws
    {
        let mautic = PracticeMautic()
        _ = try await run(
            "email,trial_end\na@x.example,2026-12-01 08:00\nb@x.example,\n", mautic)
        // Behind the fields, and the look at the contacts: nothing of it has reached Mautic.
        var tooLarge = Fault.answering(413, "text/html", "").at(.api, of: "mautic")
        tooLarge.skip = 2
        mautic.install(tooLarge)
        let after =
            "email,trial_end\na@x.example,2026-12-01 12:00\nb@x.example,2026-12-01T08:00:00Z\n"
        #expect(try await run(after, mautic).counts == counts(updated: 2))
        #expect(
            try await value("trial_end", of: "a@x.example", mautic) == "2026-12-01 12:00:00")
    }

    @Test func `does not take a stored text for the same whose markup differs`() async throws {
        let server = BreakingServer()
        _ = try await run(
            "email,firstname\na@x.example,<b>Ann</b>\nb@x.example,Bea\n",
            client: try server.client)
        let summary = try await run(
            "email,firstname\na@x.example,Ann\nb@x.example,Bea\n", client: try server.client)
        #expect(summary.counts == counts(updated: 1, unchanged: 1))
    }

    @Test func `waits for the end of a lost request also where no contact ever has all of it`()
        async throws
    {
        let server = BreakingServer(losesFirst: true)
        let text = "email,seats\n" + (0..<30).map { "user\($0)@x.example,0\n" }.joined()
        let summary = try await run(text, client: try server.client)
        #expect(summary.counts.rows == 30)
        #expect(server.meetings == 0, "the next request came while the lost one was at work")
        #expect(server.count == 30)
    }

    @Test func `counts a contact as created only where it was seen not to be there`() async throws {
        let mautic = PracticeMautic()
        _ = try await run("email,firstname\nsame@x.example,Old\n", mautic)
        // Both rows of one address are never looked at before; the second half's answer is lost.
        var tooLarge = Fault.answering(413, "text/html", "").at(.api, of: "mautic")
        tooLarge.skip = 2
        var lost = Fault.lostAnswer.at(.api, of: "mautic")
        lost.skip = 2
        mautic.install(tooLarge, lost)
        let text =
            "email,firstname\nsame@x.example,One\nother@x.example,O\nsame@x.example,Two\nlast@x.example,L\n"
        let summary = try await run(text, mautic)
        #expect(summary.counts == counts(created: 2, updated: 2))
        #expect(try await value("firstname", of: "same@x.example", mautic) == "Two")
    }

    @Test func `never has one customer under way twice, where that is a unique field too`()
        async throws
    {
        let fields =
            #"{"total":3,"fields":{"1":{"alias":"email","type":"email"},"2":{"alias":"firstname"},"#
            + #""3":{"alias":"customer","type":"text","isUniqueIdentifier":true}}}"#
        let server = BreakingServer(fields: fields)
        let lines = (0..<40).map { "user\($0)@x.example,\($0 % 4)\n" }
        let summary = try await run(
            "email,customer\n" + lines.joined(), client: try server.client, batch: 4)
        #expect(summary.counts.rows == 40)
        #expect(server.meetings == 0)
    }

    @Test func `without the right to look counts unchanged contacts as updated, and says so`()
        async throws
    {
        let server = BreakingServer(mayLook: false)
        let summary = try await run(rows(0..<250), client: try server.client)
        #expect(summary.counts.rows == 250)
        #expect(!summary.couldLook)
        #expect(server.looks <= 4)
    }

    @Test func `keeps failed rows with the reason in a file that can be imported`() async throws {
        let mautic = PracticeMautic()
        let folder = TemporaryFolder()
        let text =
            "E-Mail;Plan;Notes\na@x.example;Pro;\"one\ntwo\"\nnobody;free;\nb@x.example;gold;\"say \"\"x\"\"\"\n"
        let failed = FailedRows(
            folder.file("failed.csv"), .csv(delimiter: UInt8(ascii: ";")),
            header: Array("E-Mail;Plan;Notes".utf8))
        let summary = try await run(text, mautic, failed: failed)
        #expect(summary.counts == counts(created: 1, failed: 2))
        let kept = try contents(of: folder.file("failed.csv"))
        #expect(
            kept == """
                sesame_error;E-Mail;Plan;Notes
                "line 4: email: “nobody” is not an email address";nobody;free;
                "line 5, column “Plan”: “gold” is no option of it: it takes free, pro, team";b@x.example;gold;"say ""x\"""

                """)
        let mended = kept.replacing(";gold;", with: ";team;").replacing(
            ";nobody;", with: ";nobody@x.example;")
        #expect(try await run(mended, mautic).counts == counts(created: 2))
        #expect(try await value("notes", of: "b@x.example", mautic) == "say \"x\"")
    }

    @Test func `keeps a line that is no JSON beside the reason`() async throws {
        let mautic = PracticeMautic()
        let folder = TemporaryFolder()
        let failed = FailedRows(folder.file("failed.jsonl"), .jsonLines(), header: [])
        let columns = ColumnMap(fields: try await mautic.client.fields())
        let work = try ContactImport(client: mautic.client, columns: columns, failed: failed)
        var reader = JSONLinesReader(TextInput(TextPieces("{\"email\":\n{\"email\":\"nobody\"}\n")))
        #expect(try await work.run(&reader).counts == counts(failed: 2))
        let lines = try contents(of: folder.file("failed.jsonl")).split(separator: "\n")
        let first = try JSON(parsing: Secret(utf8: String(lines[0])))
        #expect(first["sesame_source"]?.string == "{\"email\":")
        #expect(first["sesame_error"]?.string?.hasPrefix("line 1, column") == true)
        #expect(lines[1].hasSuffix(#""email":"nobody"}"#))
    }

    @Test func `says of which fields something is not stored`() async throws {
        let mautic = PracticeMautic()
        let text = "email,seats\na@x.example,0\nb@x.example,5\nc@x.example,0\n"
        let summary = try await run(text, mautic)
        #expect(summary.counts.created == 3)
        #expect(summary.counts.incomplete == 2)
        let loss = try #require(summary.losses["seats"])
        #expect(loss.rows == 2)
        #expect(loss.line == 2)
        #expect(loss.explanation.contains("ignores the number 0"))
    }
}

/// The rows of contacts with these numbers.
func rows(_ numbers: Range<Int>, header: Bool = true) -> String {
    (header ? "email,firstname\n" : "")
        + numbers.map { "user\($0)@x.example,First \($0)\n" }.joined()
}

func counts(created: Int = 0, updated: Int = 0, unchanged: Int = 0, failed: Int = 0) -> ImportCounts
{
    var counts = ImportCounts()
    counts.created = created
    counts.updated = updated
    counts.unchanged = unchanged
    counts.failed = failed
    return counts
}

/// Imports a text through a client.
func run(
    _ text: String, client: MauticClient, batch: Int = 100, concurrency: Int = 4,
    journal: ImportJournal? = nil, failed: FailedRows? = nil, shouldStop: () -> Bool = { false }
) async throws -> ImportSummary {
    var settings = ContactImport.Settings()
    settings.batchSize = batch
    settings.concurrency = concurrency
    let columns = ColumnMap(fields: try await client.fields())
    let work = try ContactImport(
        client: client, columns: columns, settings: settings, journal: journal, failed: failed)
    var reader = try CSVReader(TextInput(TextPieces(text, size: 4096)))
    try columns.check(reader.header ?? [])
    return try await work.run(&reader, shouldStop: shouldStop)
}

/// Imports a text into the practice server's Mautic.
func run(
    _ text: String, _ mautic: PracticeMautic, batch: Int = 100, journal: ImportJournal? = nil,
    failed: FailedRows? = nil, shouldStop: () -> Bool = { false }
) async throws -> ImportSummary {
    try await run(
        text, client: try mautic.client, batch: batch, journal: journal, failed: failed,
        shouldStop: shouldStop)
}

func value(_ alias: String, of email: String, _ mautic: PracticeMautic) async throws -> String? {
    try await mautic.client.contact(.email(email))[alias]
}

func contents(of path: String) throws -> String {
    try PrivateFile.read(path, limit: 1 << 20).dangerouslyRevealedText()
}
