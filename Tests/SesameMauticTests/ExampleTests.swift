import SesameHTTP
import SesameMautic
import SesameOAuth
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// What the pages of this library show, line by line; a test of the repository compares the two.
@Suite struct `The examples of the library for Mautic` {
    private let practice = PracticeMautic()

    @Test func `create a contact with a token source of one's own`() async throws {
        let base = try #require(HTTPURL("https://practice.example/mautic"))
        let server = AuthorizationServer(
            tokenEndpoint: try #require(HTTPURL("https://practice.example/mautic/oauth/v2/token")))
        let oauth = OAuthClient(
            server: server, clientID: PracticeClient.mauticService.id,
            authentication: ClientSecretPost(
                secret: Secret(utf8: PracticeClient.mauticService.secret ?? "")),
            transport: practice)
        let http = practice

        let tokens = ClientCredentialsTokenSource(client: oauth)
        let transport = SigningTransport(http, tokens: tokens, destinations: Destinations([base]))
        let mautic = MauticClient(baseURL: base, transport: transport)

        let draft = try ContactDraft(email: "ada@example.org", firstname: "Ada", tags: ["vip"])
        let result = try await mautic.create(draft)
        for shortfall in result.shortfalls { print(shortfall.alias, shortfall.explanation) }

        #expect(result.result == .created)
        #expect(result.shortfalls == [])
    }

    @Test func `import a file`() async throws {
        let folder = TemporaryFolder()
        let path = folder.file("contacts.csv")
        try PrivateFile.create(path, Secret(utf8: "Kontakt,First Name\nada@example.org,Ada\n"))
        #expect(
            try await importContacts(from: path, into: practice.client) == counts(created: 1))
    }

    @Test func `import rows that are in no file`() async throws {
        let mautic = try practice.client
        let columns = ColumnMap(fields: try await mautic.fields())
        var leads = Leads(leads: [("ada@example.org", "Ada"), ("bea@example.org", "Bea")])
        let work = try ContactImport(client: mautic, columns: columns)
        #expect(try await work.run(&leads).counts == counts(created: 2))
        #expect(try await mautic.contact(.email("bea@example.org"))["firstname"] == "Bea")
    }
}

private func importContacts(
    from path: String, into mautic: MauticClient
) async throws -> ImportCounts {
    let columns = ColumnMap(["Kontakt": .field("email")], fields: try await mautic.fields())
    var rows = try CSVReader(TextInput(try FileBytes(path)))
    try columns.check(rows.header ?? [])

    let journal = try ImportJournal(path + ".journal", identity: "contacts of May")
    let failed = FailedRows(
        path + ".failed.csv", rows.formatOfFailed, header: rows.headerSource)
    let work = try ContactImport(
        client: mautic, columns: columns, journal: journal, failed: failed)
    let summary = try await work.run(&rows)
    return summary.counts
}

private struct Leads: ContactRows {
    var leads: [(email: String, name: String)]
    var number = 0

    let header: [String]? = ["email", "firstname"]
    let headerSource = Array("email,firstname".utf8)
    var bytesRead: Int64 { 0 }

    mutating func next() throws(ContactFileError) -> ContactRow? {
        guard number < leads.count else { return nil }
        let lead = leads[number]
        number += 1
        return ContactRow(
            number: number, line: number,
            values: [
                ContactRow.Value(column: "email", text: lead.email),
                ContactRow.Value(column: "firstname", text: lead.name),
            ])
    }
}
