import SesameHTTP
import SesameMautic
import Testing

@Suite struct `An answer that is none to the question` {
    private static let page = ContactServer.Answer(
        fields: [("Content-Type", "text/html")], body: "<title>Log in</title>")
    private static let contact = ContactServer.Answer.json(
        200, #"{"contact":{"id":7,"tags":[],"fields":{"all":{"id":"7","email":"a@x.example"}}}}"#)

    @Test(arguments: [
        page, .json(404, "<title>404 Not Found</title>"), .json(404, Captures.noSuchRoute),
        .json(200, "{}"),
    ])
    func `is no deletion`(_ answer: ContactServer.Answer) async throws {
        let server = ContactServer([Self.contact, answer])
        let error = await error { try await client(server).delete(.id(7)) }
        #expect(error != nil, "the contact is told to be deleted")
    }

    @Test(arguments: [Captures.noSuchItem, #"{"contact":{"id":null}}"#])
    func `is not that the contact is gone already, or was`(_ body: String) async throws {
        let status = body == Captures.noSuchItem ? 404 : 200
        let server = ContactServer([
            Self.contact, .json(status, body), .json(404, Captures.noSuchItem),
        ])
        #expect(try await client(server).delete(.id(7)).id == 7)
    }

    @Test func `is no deletion where the contact is there still`() async throws {
        // As a gateway answers that lets no DELETE pass.
        let refusal = #"{"error":{"code":404,"message":"Not Found"}}"#
        let server = ContactServer([Self.contact, .json(404, refusal), Self.contact])
        let error = await error { try await client(server).delete(.id(7)) }
        #expect(error?.status == 404)
    }

    @Test func `is about another contact, which is not deleted`() async throws {
        // Mautic answers so for the number of a contact that was merged into that one.
        let server = ContactServer([Self.contact])
        let error = await error { try await client(server).delete(.id(3)) }
        #expect(error?.message == "what was contact 3 is a part of contact 7 now")
        #expect(server.requests.count == 1)
    }

    @Test func `says nothing of the role where it is a firewall's`() async throws {
        let refusal = ContactServer.Answer(
            status: 403, fields: [("Content-Type", "text/html")], body: "<title>Stop</title>")
        let server = ContactServer([refusal, refusal])
        let error = await error { try await client(server).fields() }
        #expect(error?.message == "not permitted: Stop")
        #expect(error?.hints.first?.contains("firewall") == true)
    }

    @Test func `is not the number that was asked for`() async throws {
        let server = ContactServer([.json(404, Captures.noSuchItem)])
        let error = await error { try await client(server).contact(.id(99_999)) }
        #expect(error?.message == "there is no contact 99999: Item was not found.")
    }

    @Test(arguments: [
        ("PATCH", "“Contacts: Edit Own” or “Edit Others”"),
        ("DELETE", "“Contacts: Delete Own” or “Delete Others”"),
        ("GET", "“Contacts: View Own” or “View Others”"),
        ("segment", "“Segments: View” and “Contacts: Edit”"), ("segments", "“Segments: View”"),
    ])
    func `names the right that the role needs`(_ what: String, _ need: String) async throws {
        let refusal = ContactServer.Answer.json(403, Captures.forbidden)
        let server = ContactServer(what == "DELETE" ? [Self.contact, refusal] : [refusal])
        let mautic = try client(server)
        let error = await error {
            switch what {
            case "PATCH":
                _ = try await mautic.update(
                    .id(7), ContactChange(fields: [.init(alias: "company", value: "X")]))
            case "DELETE": _ = try await mautic.delete(.id(7))
            case "GET": _ = try await mautic.contact(.id(7))
            case "segment": try await mautic.add(7, to: 1)
            default: _ = try await mautic.segments()
            }
        }
        #expect(error?.hints == ["in Mautic: Settings, Roles: the role needs \(need)"])
    }

    @Test(arguments: [
        (
            "https://www.acme.example/mautic/api/users/self",
            "set base_url to https://www.acme.example/mautic"
        ),
        (
            "https://acme.example/mautic/api/users/self/",
            "base_url is right: a rule of the web server sends calls of the API to themselves; look at its rewrite rules"
        ),
        ("/crm/api/users/self", "set base_url to https://acme.example/crm"),
        ("//www.acme.example/api/users/self", "set base_url to https://www.acme.example"),
        (
            "https://acme.example/s/login",
            "it leads to https://acme.example/s/login, which is no part of the API: compare base_url with the address of Mautic's own pages"
        ), ("nowhere", "set base_url to the address that Mautic's own pages have"),
    ])
    func `tells where it leads to`(_ location: String, _ hint: String) async throws {
        let server = ContactServer([.init(status: 301, fields: [("Location", location)])])
        let error = await error { try await client(server).whoAmI() }
        #expect(error?.hints == [hint])
    }

    @Test func `in pages of segments is asked for to the last`() async throws {
        func page(_ numbers: Range<Int>) -> ContactServer.Answer {
            let lists = numbers.map { #""\#($0)":{"id":\#($0),"alias":"s\#($0)","name":"S"}"# }
            return .json(200, #"{"total":501,"lists":{\#(lists.joined(separator: ","))}}"#)
        }
        let server = ContactServer([page(0..<500), page(500..<501)])
        let segments = try await client(server).segments()
        #expect(segments.count == 501)
        #expect(segments.last?.alias == "s500")
        #expect(server.requests.last?.url.query == "start=500&limit=500")
    }

    @Test func `keeps a contact's texts as they are`() async throws {
        let body =
            #"{"contact":{"id":7,"tags":[],"fields":{"all":{"notes":"one\n\u200dtwo\\u{a}"}}}}"#
        let contact = try await client(ContactServer([.json(200, body)])).contact(.id(7))
        #expect(contact["notes"] == "one\n\u{200D}two\\u{a}")
    }
}
