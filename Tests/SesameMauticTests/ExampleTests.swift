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
        let mautic = try practice.client

        let columns = ColumnMap(["Kontakt": .field("email")], fields: try await mautic.fields())
        var rows = try CSVReader(TextInput(try FileBytes(path)))
        try columns.check(rows.header ?? [])

        let journal = try ImportJournal(path + ".journal", identity: "contacts of May")
        let work = try ContactImport(client: mautic, columns: columns, journal: journal)
        let summary = try await work.run(&rows)
        print(summary.counts.created, "created,", summary.counts.failed, "failed")

        #expect(summary.counts == counts(created: 1))
    }
}
