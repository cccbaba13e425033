import SesameMautic
import Testing

@Suite struct `The contacts of a Mautic` {
    private let mautic = PracticeMautic()

    private func made(_ email: String, tags: [String] = []) async throws -> Int64 {
        let draft = try ContactDraft(
            email: email, firstname: "Ada", phone: "+41 44 000 00 00", tags: tags)
        return try await mautic.client.create(draft).id
    }

    @Test func `are shown by number and by address`() async throws {
        let id = try await made("ada@x.example", tags: ["vip"])
        let contact = try await mautic.client.contact(.email("ADA@x.example"))
        #expect(contact.id == id)
        #expect(contact["firstname"] == "Ada")
        #expect(contact.tags == ["vip"])
        #expect(try await mautic.client.contact(.id(id)) == contact)
    }

    @Test func `that are not there, or several of one address, are told`() async throws {
        let client = try mautic.client
        let missing = await error { try await client.contact(.email("nobody@x.example")) }
        guard case .notFound = missing?.code else {
            Issue.record("\(String(describing: missing))")
            return
        }
        let absent = await error { try await client.contact(.id(999)) }
        guard case .notFound = absent?.code else {
            Issue.record("\(String(describing: absent))")
            return
        }
    }

    @Test func `are shown by an address with an apostrophe, too`() async throws {
        let id = try await made("o'neil@x.example")
        #expect(try await mautic.client.contact(.email("o'neil@x.example")).id == id)
    }

    @Test func `are found page by page`() async throws {
        for number in 0..<7 { _ = try await made("user\(number)@x.example") }
        let (page, total) = try await mautic.client.search("user", start: 2, limit: 3)
        #expect(page.map(\.email) == ["user2@x.example", "user3@x.example", "user4@x.example"])
        #expect(total == 7)
    }

    @Test func `change in what is given, and lose what is cleared`() async throws {
        let id = try await made("ada@x.example", tags: ["old", "kept"])
        let change = try ContactChange(
            fields: [.init(alias: "lastname", value: "Lovelace")], cleared: ["phone"],
            addedTags: ["new"], removedTags: ["old"])
        let (contact, shortfalls) = try await mautic.client.update(.email("ada@x.example"), change)
        #expect(shortfalls == [])
        #expect(contact.id == id)
        #expect(contact["phone"] == nil)
        #expect(contact["firstname"] == "Ada")
        #expect(contact["lastname"] == "Lovelace")
        #expect(Set(contact.tags) == ["kept", "new"])
    }

    @Test func `say when a change was not stored`() async throws {
        _ = try await made("ada@x.example")
        let change = try ContactChange(fields: [
            .init(alias: "nickname", value: "A"), .init(alias: "seats", value: "0"),
        ])
        let (_, shortfalls) = try await mautic.client.update(.email("ada@x.example"), change)
        #expect(shortfalls.map(\.alias) == ["nickname", "seats"])
    }

    @Test(
        arguments: [
            ([("firstname", "")], []), ([("email", "nobody")], []), ([("phone", "1")], ["phone"]),
            ([], []),
            ([("tags", "x")], []), ([], ["overwriteWithBlank"]),
        ] as [([(String, String)], [String])])
    func `do not change by what makes no sense`(_ fields: [(String, String)], _ cleared: [String]) {
        #expect(throws: MauticError.self) {
            try ContactChange(
                fields: fields.map { .init(alias: $0.0, value: $0.1) }, cleared: cleared)
        }
    }

    @Test func `do not get a tag and lose it, however it is written`() {
        #expect(throws: MauticError.self) {
            try ContactChange(addedTags: ["gold"], removedTags: ["Gold"])
        }
    }

    @Test func `go when they are deleted`() async throws {
        let id = try await made("ada@x.example")
        #expect(try await mautic.client.delete(.email("ada@x.example")).id == id)
        #expect(try mautic.count("contacts") == 0)
    }

    @Test func `are in segments`() async throws {
        let id = try await made("ada@x.example")
        let client = try mautic.client
        let segments = try await client.segments()
        #expect(segments.map(\.alias) == ["newsletter", "customers"])
        try await client.add(id, to: segments[0].id)
        try await client.remove(id, from: segments[0].id)
        let missing = await error { try await client.add(id, to: 77) }
        guard case .notFound = missing?.code else {
            Issue.record("\(String(describing: missing))")
            return
        }
    }
}
