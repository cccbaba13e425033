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
            "no contact fields are meant by the columns "
                + (1...100).map { "“c\($0)”" }.joined(separator: ", ") + " and 4900 more"
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

    @Test func `can be pasted out of the hint, whatever they are called`() async throws {
        let map = ColumnMap(fields: try await PracticeMautic().client.fields())
        let question = "How did you hear about our company, and which of our products do you like?"
        let error = #expect(throws: ContactFileError.self) {
            try map.check(["email", question, "Customer's mail"])
        }
        #expect(error?.hints.first?.contains("--map '\(question)='") == true)
        #expect(error?.hints.contains("leave all of them out: --ignore-unknown") == true)
        let other = #expect(throws: ContactFileError.self) {
            try map.check(["email", "Customer's mail"])
        }
        #expect(other?.hints.first?.contains(#"--map 'Customer'\''s mail='"#) == true)
    }

    @Test func `that mean no field are left out where somebody says so, and named`() async throws {
        let fields = try await PracticeMautic().client.fields()
        let map = ColumnMap(["Notes": .ignored], fields: fields, ignoresUnknown: true)
        let header = ["Email Address", "Record ID", "First Name", "Notes", "sesame_error", "Tags"]
        try map.check(header)
        #expect(map.target(of: "Email Address") == .field("email"))
        #expect(map.target(of: "First Name") == .field("firstname"))
        #expect(map.leftOut == ["Record ID"])
    }

    @Test(arguments: [
        (#"{"email":"a@x.example","tags":["R;D","a, b"]}"#, ["R;D", "a, b"]),
        (#"{"email":"a@x.example","tags":"R;D"}"#, ["R", "D"]),
    ])
    func `have the tags of a list as they are`(_ line: String, _ tags: [String]) async throws {
        let map = ColumnMap(fields: try await PracticeMautic().client.fields())
        var reader = JSONLinesReader(TextInput(TextPieces(line)))
        let row = try #require(try reader.next())
        #expect(try map.draft(of: row).tags == tags)
    }

    @Test(arguments: [
        (#""Smith, John" , "vip""#, ["Smith, John", "vip"]),
        (#""VIP" customer, b"#, [#""VIP" customer"#, "b"]), (#""a""b";c"#, [#"a"b"#, "c"]),
        (#""open, a"#, [#""open"#, "a"]), (#"5" pipe; a"#, [#"5" pipe"#, "a"]),
        (#"a;;|b , "c" "#, ["a", "b", "c"]),
    ])
    func `have tags between quotes, if a program writes them so`(_ cell: String, _ tags: [String])
        async throws
    {
        let map = ColumnMap(fields: try await PracticeMautic().client.fields())
        let row = ContactRow(
            number: 1, line: 1,
            values: [
                ContactRow.Value(column: "email", text: "a@x.example"),
                ContactRow.Value(column: "tags", text: cell),
            ])
        #expect(try map.draft(of: row).tags == tags)
    }

    @Test func `may have a cell of tags with nothing but quotes in it`() async throws {
        let map = ColumnMap(fields: try await PracticeMautic().client.fields())
        let cell = String(repeating: "\"\" ", count: 100_000)
        let row = ContactRow(
            number: 1, line: 1,
            values: [
                ContactRow.Value(column: "email", text: "a@x.example"),
                ContactRow.Value(column: "tags", text: cell),
            ])
        #expect(try map.draft(of: row).tags.map(\.count) == [cell.count - 1])
    }

    @Test func `have tags as other programs write them`() async throws {
        let map = ColumnMap(fields: try await PracticeMautic().client.fields())
        var reader = try CSVReader(
            TextInput(TextPieces("email,tags\na@x.example,\"\"\"vip\"\",\"\"trial\"\"; a b|c\"\n")))
        let row = try #require(try reader.next())
        #expect(try map.draft(of: row).tags == ["vip", "trial", "a b", "c"])
    }

    @Test func `of a row are told with all that is wrong with it`() async throws {
        let map = ColumnMap(fields: try await PracticeMautic().client.fields())
        var reader = try CSVReader(
            TextInput(TextPieces("email,plan,seats,birthday\nnobody,gold,many,1815-12-10\n")))
        let row = try #require(try reader.next())
        let defect = #expect(throws: ContactRow.Defect.self) { try map.draft(of: row) }
        #expect(
            defect?.message
                == "line 2, column “plan”: “gold” is no option of it: it takes free, pro, team; "
                + "column “seats”: it takes a number, such as 12.5; email: “nobody” is not an email address"
        )
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
            ("plan", "pro", nil), ("plan", "Pro", nil), ("plan", " PRO ", nil),
            ("plan", "gold", "“gold” is no option of it: it takes free, pro, team"),
            ("interests", "Red|blue", nil),
            ("interests", "red|pink", "“pink” is no option of it: it takes red, green, blue"),
            ("newsletter_ok", "yes", nil), ("newsletter_ok", " yes ", nil),
            ("newsletter_ok", "maybe", "write true or false"),
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
