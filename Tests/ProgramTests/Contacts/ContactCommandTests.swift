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
        #expect(try await sesame.run("contact", "find", "email:%@example.org") == found)
        #expect(try await sesame.run("contact", "find", "email:ada@") == found)
        #expect(try await sesame.run("contact", "find", "tag:poet") == found)
        #expect(try await sesame.run("contact", "find", "email:example.org") == "")
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

    @Test func `give a script a contact's texts as they are, and a terminal nothing that fools it`()
        async throws
    {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        let notes = "one\ntwo \\u{a} 👩\u{200D}👧 \u{202E}x"
        try await practice.sesame.run(
            "contact", "create", "--email", "ada@example.org", "--field", "notes=\(notes)")
        let shown = try await practice.sesame.run("contact", "get", "2", "--json")
        #expect(try JSON(printed: shown)["fields"]?["notes"]?.string == notes)
        #expect(shown.contains(#"\u202ex"#))
        #expect(!shown.unicodeScalars.contains("\u{202E}"))
        let told = try await practice.sesame.run("contact", "get", "2")
        #expect(!told.unicodeScalars.contains("\u{202E}"))
    }

    @Test func `take a number for a segment's number, whatever the aliases are`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        try await practice.sesame.run("contact", "create", "--email", "ada@example.org")
        let lists =
            #"{\"total\":2,\"lists\":[{\"id\":77,\"alias\":\"1\"},{\"id\":1,\"alias\":\"x\"}]}"#
        try await practice.disturb(
            #""answer":{"status":200,"content_type":"application/json","body":"\#(lists)"}"#)
        #expect(
            try await practice.sesame.run("contact", "segment", "2", "--add", "1", "--add", "x")
                == "contact 2 is in 1\n")
        // One that is in no list may be the role's to use all the same: the server decides.
        let ended = try await practice.sesame.attempt(["contact", "segment", "2", "--add", "999"])
        #expect(ended.errors.contains("there is no segment 999"))
        #expect(ended.status == 7)
    }

    @Test func `say what was done where the rest of it could not be`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        try await practice.sesame.run("contact", "create", "--email", "ada@example.org")
        // Behind the segments, and the first of two.
        try await practice.disturb(
            #""skip":2,"answer":{"status":404,"content_type":"application/json","body":"{}"}"#)
        let ended = try await practice.sesame.attempt(
            ["contact", "segment", "2", "--add", "newsletter", "--remove", "customers"])
        #expect(ended.status == 9)
        #expect(ended.output == "contact 2 is in newsletter\n")
        #expect(ended.errors.contains("warning: customers: nothing found at this address"))
        #expect(ended.errors.contains("sesame: check base_url"))
    }

    @Test func `say which right is missing, to somebody who may only create`() async throws {
        let practice = try await PracticeContacts()
        defer { practice.broker.kill() }
        try practice.change(["grant": "basic"])
        try await practice.sesame.run(
            ["setup", "aivie", "--username", "bob", "--password-stdin"], input: "practice")
        #expect(
            try await practice.sesame.run("contact", "create", "--email", "ada@example.org")
                == "contact 2 created: ada@example.org\n")
        for (words, right) in [
            (["get", "2"], "View Own"), (["update", "2", "--company", "X"], "Edit Own"),
            (["delete", "2", "--yes"], "View Own"), (["segment", "2", "--add", "1"], "Edit"),
        ] {
            let ended = try await practice.sesame.attempt(["contact"] + words)
            #expect(ended.status == 7)
            #expect(ended.errors.contains(right), "\(ended.errors)")
        }
        let file = try practice.write("email,company\nada@example.org,X\nbea@example.org,Y\n")
        let ended = try await practice.sesame.attempt(["contact", "import", file])
        #expect(ended.output == "2 rows: 1 created, 0 updated, 0 unchanged, 1 failed\n")
        #expect(
            ended.errors.contains("the role needs “Contacts: Edit” for a contact that is there"))
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
        (["update", "2", "--clear", "email"], "cannot be found by it again"),
        (["segment", "2"], "which segment?"),
        (["segment", "2", "--add", "newslettr"], "there is no segment"),
        (["segment", "2", "--add", "1", "--remove", "newsletter"], "is to be added and removed"),
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
