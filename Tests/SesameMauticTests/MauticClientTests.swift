import SesameHTTP
import SesameMautic
import SesameSecrets
import SesameSystem
import Testing

@Suite struct `A Mautic client` {
    @Test(arguments: [(201, ContactResult.Outcome.created), (200, .updated)])
    func `creates or updates with one request`(_ status: Int, _ outcome: ContactResult.Outcome)
        async throws
    {
        let server = ContactServer([.json(status, Captures.created)])
        let draft = try ContactDraft(
            email: "Ada@Example.test", firstname: "Ada",
            fields: [.init(alias: "newsletter_ok", value: "yes")], tags: ["VIP"])
        let result = try await client(server).create(draft)
        #expect(result.id == 2)
        #expect(result.result == outcome)
        #expect(result.email == "ada@example.test")
        #expect(result.notStored == [])
        let request = try #require(server.requests.first)
        #expect(server.requests.count == 1)
        #expect(request.method == "POST")
        #expect(request.url.description == "https://acme.example/mautic/api/contacts/new")
        #expect(request.fields["Content-Type"] == "application/json")
        #expect(request.body?.equals(draft.body) == true)
        #expect(!request.fields.contains("Authorization"))
    }

    @Test func `reads an id that is a text, and groups that are arrays`() async throws {
        let body =
            #"{"contact":{"id":"17","fields":{"core":[],"all":{"email":"ada@example.test"}}}}"#
        let result = try await client(ContactServer([.json(201, body)])).create(draft())
        #expect(result.id == 17)
        #expect(result.notStored == [])
    }

    @Test func `tells an anonymous contact from a stored one`() async throws {
        let body = #"{"contact":{"id":9,"fields":{"all":{"id":"9","email":null}},"tags":[]}}"#
        let result = try await client(ContactServer([.json(201, body)])).create(draft())
        #expect(result.notStored == ["email"])
        let empty = #"{"contact":{"id":9,"fields":{"all":[]},"tags":[]}}"#
        let second = try await client(ContactServer([.json(201, empty)])).create(draft())
        #expect(second.notStored == ["email"])
        #expect(second.shortfalls[0].explanation.contains("anonymous contact"))
    }

    @Test(arguments: [
        "", "[]", "<html><title>Login</title>", #"{"contact":[]}"#, #"{"contact":{"id":null}}"#,
    ])
    func `does not take just any success for a contact`(_ body: String) async throws {
        let server = ContactServer([.json(200, body)])
        let draft = try draft()
        let error = try #require(await error(of: { try await client(server).create(draft) }))
        guard case .badResponse = error.code else {
            Issue.record("\(error.code)")
            return
        }
        #expect(error.hints.contains { $0.contains("base_url") })
        #expect(server.requests.count == 1)
    }

    @Test func `explains refused values with the fields of the instance`() async throws {
        let server = ContactServer([
            .json(400, Captures.threeProblems), .json(200, Captures.fields),
        ])
        let draft = try draft()
        let error = try #require(await error(of: { try await client(server).create(draft) }))
        #expect(error.fields.map(\.alias) == ["plan", "email", "country"])
        #expect(error.hints == ["plan: it takes basic, pro"])
        #expect(server.requests.map(\.url.path).last == "/mautic/api/fields/contact")
    }

    @Test func `falls back to the lighter list of fields, then to silence`() async throws {
        let draft = try draft()
        let server = ContactServer([
            .json(400, Captures.threeProblems), .json(403, Captures.forbidden),
            .json(200, Captures.lighterFields),
        ])
        let helped = try #require(await error(of: { try await client(server).create(draft) }))
        #expect(helped.hints == ["plan: it takes a number, such as 12.5"])
        #expect(server.requests.last?.url.path == "/mautic/api/contacts/list/fields")
        let silent = ContactServer([
            .json(400, Captures.threeProblems), .json(403, Captures.forbidden),
            .json(503, Captures.offline),
        ])
        let alone = try #require(await error(of: { try await client(silent).create(draft) }))
        #expect(alone.hints == [])
        #expect(silent.requests.count == 3)
    }

    @Test func `says who the credential stands for`() async throws {
        var answer = ContactServer.Answer.json(
            200,
            #"{"id":1,"username":"admin","firstName":"Ada","lastName":null,"role":{"id":1,"name":"Administrators"}}"#
        )
        answer.fields.append(("Mautic-Version", "7.0.0"))
        let server = ContactServer([answer])
        let user = try await client(server).whoAmI()
        #expect(user.username == "admin")
        #expect(user.name == "Ada")
        #expect(user.role == "Administrators")
        #expect(user.version == "7.0.0")
        #expect(server.requests.first?.url.path == "/mautic/api/users/self")
        #expect(server.requests.first?.body == nil)
    }

}

/// A client of a Mautic in a folder, with a base URL as a person may paste it.
func client(_ server: ContactServer, time: any TimeSource = PatientTime()) throws -> MauticClient {
    let url = try #require(HTTPURL("https://acme.example/mautic/?from=bookmark"))
    return MauticClient(baseURL: url, transport: server, time: time)
}

/// The error of an operation that must fail.
func error<Value>(of operation: () async throws -> Value) async -> MauticError? {
    do {
        _ = try await operation()
        return nil
    } catch {
        return error as? MauticError
    }
}
