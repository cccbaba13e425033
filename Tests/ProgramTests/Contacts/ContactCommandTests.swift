import SesameJSON
import TestSupport
import Testing

@Suite struct `The contact commands` {
    @Test func `create, show, find, change, tag, place and delete a contact`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let sesame = practice.sesame
        #expect(
            try await sesame.run(
                "contact", "create", "--email", "ada@example.org", "--firstname", "Ada", "--tag",
                "vip")
                == "contact 2 created: ada@example.org\n")
        let shown = try await sesame.run("contact", "get", "ADA@example.org")
        #expect(
            shown.hasPrefix(
                "id         2\nfirstname  Ada\nemail      ada@example.org\ntags       vip\n"))
        #expect(
            try await sesame.run(
                "contact", "update", "ada@example.org", "--lastname", "Lovelace", "--clear",
                "firstname",
                "--untag", "vip") == "contact 2 updated: ada@example.org\n")
        try await sesame.run("contact", "tag", "2", "--add", "poet", "--remove", "nobody")
        #expect(
            try await sesame.run("contact", "segment", "2", "--add", "newsletter", "--remove", "2")
                == "contact 2 is in newsletter, is not in 2\n")
        let contact = try JSON(printed: try await sesame.run("contact", "get", "2", "--json"))
        #expect(contact["fields"]?["firstname"] == nil)
        #expect(contact["fields"]?["lastname"]?.string == "Lovelace")
        #expect(contact["tags"]?.elements?.map(\.string) == ["poet"])
        let found = try await sesame.run("contact", "find", "ada")
        #expect(
            found
                == "ID  EMAIL            NAME      COMPANY  TAGS\n2   ada@example.org  Lovelace  -        poet\n"
        )
        let refused = try await sesame.attempt(["contact", "delete", "2"])
        #expect(refused.status == 2)
        #expect(
            try await sesame.run("contact", "delete", "2", "--yes")
                == "contact 2 deleted: ada@example.org\n")
        let missing = try await sesame.attempt(["contact", "get", "2"])
        #expect(missing.status == 7)
    }

    @Test func `list the fields with what they take`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let lines = try await practice.sesame.run("contact", "fields").split(separator: "\n")
        #expect(lines[0] == "ALIAS             TYPE         LABEL             TAKES")
        #expect(lines.contains("plan              select       Plan              free|pro|team"))
        #expect(
            lines.contains(
                "email             email        Email             finds the contact, up to 191 characters"
            ))
    }

    @Test func `say with exit code 9 what is not stored`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        try await practice.sesame.run("contact", "create", "--email", "ada@example.org")
        let ended = try await practice.sesame.attempt(
            ["contact", "update", "ada@example.org", "--field", "nickname=A", "--json"])
        #expect(ended.status == 9)
        #expect(
            try JSON(printed: ended.output)["not_stored"]?.elements?.map(\.string) == ["nickname"])
    }

    @Test(arguments: [
        (["get"], "which contact?"),
        (["get", "nobody"], "neither the number of a contact nor an email address"),
        (["update", "2"], "nothing is to change"), (["tag", "2"], "which tag?"),
        (["segment", "2"], "which segment?"),
        (["segment", "2", "--add", "newslettr"], "there is no segment"),
        (["find"], "search for what?"),
        (["find", "a", "--limit", "0"], "not a whole number from 1"),
    ])
    func `refuse what makes no sense`(_ words: [String], _ message: String) async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let ended = try await practice.sesame.attempt(["contact"] + words)
        #expect(ended.status == (message.hasPrefix("there is") ? 7 : 2))
        #expect(ended.errors.contains(message), "\(ended.errors)")
    }
}
