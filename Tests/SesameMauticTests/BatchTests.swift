import SesameHTTP
import SesameMautic
import Testing

/// Answers of a real Mautic 7.0.0 to `POST /api/contacts/batch/new`, cut to what matters.
@Suite struct `A batch of contacts` {
    private func drafts(_ count: Int) throws -> [ContactDraft] {
        try (0..<count).map { try ContactDraft(email: "user\($0)@x.example") }
    }

    private func contact(_ id: Int, _ email: String) -> String {
        #"{"id":\#(id),"tags":[],"fields":{"core":{},"personal":[],"all":{"id":"\#(id)","email":"\#(email)"}}}"#
    }

    @Test func `is told apart by position, with gaps or without`() async throws {
        let body = """
            {"contacts":{"0":\(contact(5, "user0@x.example")),"1":\(contact(6, "user1@x.example")),\
            "4":\(contact(5, "user4@x.example"))},"statusCodes":[201,200,400,422,200],\
            "errors":{"2":{"code":400,"message":"email: not-mail is invalid.",\
            "details":{"email":["not-mail is invalid."]},"type":null},\
            "3":{"code":422,"message":"email: This field must be unique.",\
            "details":{"email":["This field must be unique."]},"type":null}}}
            """
        let server = ContactServer([.json(201, body)])
        let results = try await client(server).create(batch: try drafts(5))
        #expect(
            results.map { (try? $0.get())?.result } == [.created, .updated, nil, nil, .updated])
        #expect(results.map { (try? $0.get())?.id } == [5, 6, nil, nil, 5])
        let errors = results.compactMap { result in
            if case .failure(let error) = result { error.message } else { nil }
        }
        #expect(errors == ["email: not-mail is invalid.", "email: This field must be unique."])
        #expect(server.requests.map(\.url.path) == ["/mautic/api/contacts/batch/new"])
    }

    @Test func `may be refused as a whole, item by item`() async throws {
        let body = """
            {"contacts":[],"statusCodes":[422],"errors":[{"code":422,"message":"email: This field must be \
            unique.","details":{"email":["This field must be unique."]},"type":null}]}
            """
        let results = try await client(ContactServer([.json(201, body)])).create(
            batch: try drafts(1))
        guard case .failure(let error) = results[0], case .validation = error.code else {
            Issue.record("\(results)")
            return
        }
    }

    @Test(arguments: [
        "", "[]", "<html>", #"{"contacts":[]}"#, #"{"contacts":[],"statusCodes":[201]}"#,
        #"{"contacts":[],"statusCodes":[201,201,201]}"#,
    ])
    func `is not believed to be stored where the answer does not say so`(_ body: String)
        async throws
    {
        let batch = try drafts(2)
        let client = try client(ContactServer([.json(201, body)]))
        let error = await error { try await client.create(batch: batch) }
        guard case .badResponse = error?.code else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `names the contact that the answer leaves out`() async throws {
        let body = #"{"contacts":[\#(contact(5, "user0@x.example"))],"statusCodes":[201,201]}"#
        let results = try await client(ContactServer([.json(201, body)])).create(
            batch: try drafts(2))
        guard case .success = results[0], case .failure(let error) = results[1] else {
            Issue.record("\(results)")
            return
        }
        #expect(error.message.contains("does not show this contact"))
    }

    @Test func `of nothing asks nothing`() async throws {
        let server = ContactServer([])
        #expect(try await client(server).create(batch: []).isEmpty)
        #expect(server.requests.isEmpty)
    }
}
