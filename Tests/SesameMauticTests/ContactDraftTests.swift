import SesameMautic
import SesameSecrets
import Testing

@Suite struct `A contact draft` {
    @Test func `is one object of texts, in the order given, with the tags last`() throws {
        let draft = try ContactDraft(
            email: " ada@example.test ", firstname: "Ada", company: "Engines",
            fields: [.init(alias: "seats", value: "5"), .init(alias: "plan", value: "pro")],
            tags: ["vip", "beta", "vip"])
        #expect(
            draft.body.dangerouslyRevealedText() == """
                {"email":"ada@example.test","firstname":"Ada","company":"Engines","seats":"5",\
                "plan":"pro","tags":["vip","beta"]}
                """)
    }

    @Test(arguments: [
        "", "  ", "ada", "ada@", "@example.test", "ada@example", "a b@example.test",
        "ada@exa\u{0}mple.test", "ada@example..test", "ada@-x.test", "a@b@example.test",
        "ada@example.test,bob@example.test", "Ada <ada@example.test>",
    ])
    func `needs a plausible email and says so`(_ email: String) throws {
        let error = try #require(throws: MauticError.self) { try ContactDraft(email: email) }
        #expect(error.fields.map(\.alias) == ["email"])
        #expect(!error.hints.isEmpty)
        guard case .invalidDraft = error.code else {
            Issue.record("\(error.code)")
            return
        }
    }

    @Test(arguments: [
        "ada@example.test", "a.b+c@sub.example.co.uk", "jörg@exämple.ch", "o'neil@x.ie",
    ])
    func `takes an unusual address`(_ email: String) throws {
        #expect(try ContactDraft(email: email).email == email)
    }

    @Test(arguments: [
        "tags", "overwriteWithBlank", "OVERWRITEWITHBLANK", "owner", "stage", "ipAddress",
        "lastActive", "id", "doNotContact",
    ])
    func `refuses what Mautic would not take for a field`(_ alias: String) throws {
        let error = try #require(throws: MauticError.self) {
            try ContactDraft(
                email: "ada@example.test", fields: [.init(alias: alias, value: "1")])
        }
        #expect(error.message == "\(alias): this is not a contact field")
        #expect(error.hints.count == 1)
    }

    @Test(arguments: [
        "", "first name", "plan[]", "größe", "a-b", String(repeating: "a", count: 65),
    ])
    func `refuses a malformed alias`(_ alias: String) {
        #expect(throws: MauticError.self) {
            try ContactDraft(
                email: "ada@example.test", fields: [.init(alias: alias, value: "1")])
        }
    }

    @Test(arguments: [["plan", "Plan"], ["email"], ["firstname"]])
    func `refuses a field that is given twice`(_ aliases: [String]) throws {
        let error = try #require(throws: MauticError.self) {
            try ContactDraft(
                email: "ada@example.test", firstname: "Ada",
                fields: aliases.map { .init(alias: $0, value: "1") })
        }
        #expect(error.message.hasSuffix("it is given more than once"))
    }

    @Test(arguments: ["", " ", "-vip"])
    func `refuses a tag that adds nothing`(_ tag: String) {
        #expect(throws: MauticError.self) {
            try ContactDraft(email: "ada@example.test", tags: [tag])
        }
    }

    @Test func `shows a hostile value without its control characters`() throws {
        let error = try #require(throws: MauticError.self) {
            try ContactDraft(email: "\u{1B}[31mred")
        }
        #expect(!error.message.contains("\u{1B}"))
    }
}
