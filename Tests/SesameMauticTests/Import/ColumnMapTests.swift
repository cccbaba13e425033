import SesameMautic
import Testing

@Suite struct `The columns of a file` {
    @Test(arguments: [
        ("email", "email"), ("E-Mail", "email"), ("First Name", "firstname"),
        ("first_name", "firstname"),
        ("Zip Code", "zipcode"), ("Newsletter ok", "newsletter_ok"), ("MOBILE", "mobile"),
        ("Primary company", "company"),
    ])
    func `mean the field of that alias or label`(_ column: String, _ alias: String) async throws {
        let map = ColumnMap(fields: try await PracticeMautic().client.fields())
        #expect(map.target(of: column) == .field(alias))
    }

    @Test func `mean what a person says they do`() async throws {
        let fields = try await PracticeMautic().client.fields()
        let map = ColumnMap(
            ["Kontakt": .field("email"), "Notes": .ignored, "Gruppen": .tags], fields: fields)
        try map.check(["Kontakt", "Notes", "Gruppen", "tags", "sesame_error"])
        #expect(map.target(of: "Gruppen") == .tags)
    }

    @Test(arguments: [
        (["email", "Frstname"], "no contact field is meant by the column “Frstname”"),
        (
            ["email"] + (1...5000).map { "c\($0)" },
            "no contact fields are meant by the columns “c1”, “c2”, “c3”, “c4”, “c5” and 4995 more"
        ),
        (["email", "E-Mail"], "the columns “email” and “E-Mail” mean the same field"),
        (["firstname"], "no column has the email addresses"),
    ])
    func `are refused before anything is sent`(_ columns: [String], _ words: String) async throws {
        let map = ColumnMap(fields: try await PracticeMautic().client.fields())
        let error = #expect(throws: ContactFileError.self) { try map.check(columns) }
        #expect(error?.message == words)
        #expect(error?.hints.isEmpty == false)
    }

    @Test func `of a role that may not read the fields are the aliases`() async throws {
        let fields = try await BreakingServer().client.fields()
        #expect(fields.all.isEmpty)
        let map = ColumnMap(fields: fields)
        #expect(map.target(of: "anything_else") == .field("anything_else"))
        #expect(map.target(of: "First Name") == nil)
    }

    @Test(
        arguments: [
            ("plan", "pro", nil), ("plan", "Pro", nil),
            ("plan", "gold", "“gold” is no option of it: it takes free, pro, team"),
            ("interests", "Red|blue", nil),
            ("interests", "red|pink", "“pink” is no option of it: it takes red, green, blue"),
            ("newsletter_ok", "yes", nil), ("newsletter_ok", "maybe", "write true or false"),
            ("birthday", "1815-12-10", nil),
            ("birthday", "10/12/1815", "write dates as 2026-12-31"),
            ("trial_end", "2026-12-31T18:00:00+01:00", nil),
            ("trial_end", "soon", "write times as 2026-12-31T18:00:00Z"),
            ("seats", "5", nil), ("seats", "1,5", "it takes a number, such as 12.5"),
            ("seats", "", nil),
            ("firstname", String(repeating: "é", count: 191), nil),
            (
                "firstname", String(repeating: "é", count: 192),
                "it has 192 characters, and may have 191"
            ),
        ] as [(String, String, String?)])
    func `have values that the field takes, or the row is told`(
        _ column: String, _ value: String, _ objection: String?
    ) async throws {
        let columns = ColumnMap(fields: try await PracticeMautic().client.fields())
        var reader = try CSVReader(
            TextInput(TextPieces("email,\(column)\na@x.example,\"\(value)\"\n")))
        let check = try ContactCheck(&reader, columns)
        #expect(check.rows == 1)
        #expect(check.defects == (objection.map { ["line 2, column “\(column)”: \($0)"] } ?? []))
    }
}
