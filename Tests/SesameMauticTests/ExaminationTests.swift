import SesameMautic
import Testing

@Suite struct `An examination` {
    private static let user = ContactServer.Answer.json(
        200, #"{"username":"ada","firstName":"Ada","lastName":"Admin","role":{"name":"R"}}"#)
    private static let made = ContactServer.Answer.json(201, #"{"contacts":[],"statusCodes":[]}"#)
    private static let contacts = ContactServer.Answer.json(200, #"{"total":"0","contacts":[]}"#)
    private static let fields = ContactServer.Answer.json(200, #"{"total":0,"fields":[]}"#)

    private func findings(_ answers: ContactServer.Answer...) async throws -> [String: Finding] {
        let server = ContactServer([Self.user] + answers)
        let findings = try await client(server).examine()
        return Dictionary(uniqueKeysWithValues: findings.map { ($0.subject.rawValue, $0) })
    }

    @Test func `finds what works`() async throws {
        let findings = try await findings(Self.made, Self.contacts, Self.fields)
        #expect(findings.values.allSatisfy { $0.state == .ok })
        #expect(Set(findings.keys).isSuperset(of: ["create", "view", "fields"]))
    }

    @Test func `takes no page for a right`() async throws {
        let page = ContactServer.Answer(
            fields: [("Content-Type", "text/html")], body: "<title>Welcome</title>")
        let findings = try await findings(page, page, page)
        for subject in ["create", "view", "fields"] {
            #expect(findings[subject]?.state == .failed)
        }
    }

    @Test(arguments: [400, 403])
    func `does not blame the role for a firewall`(_ status: Int) async throws {
        let wall = ContactServer.Answer(
            status: status, fields: [("Content-Type", "text/html")],
            body: "<title>Request blocked</title>")
        let findings = try await findings(wall, Self.contacts, Self.fields)
        #expect(findings["create"]?.state == .failed)
        #expect(findings["create"]?.message.contains("Request blocked") == true)
        #expect(findings["create"]?.hints.contains { $0.contains("Roles") } == false)
    }

    @Test func `knows which right a role has not`() async throws {
        let refusal = ContactServer.Answer.json(403, Captures.forbidden)
        let findings = try await findings(refusal, refusal, refusal)
        #expect(findings["create"]?.state == .failed)
        #expect(findings["view"]?.state == .warning)
        #expect(findings["view"]?.hints.first?.contains("Contacts: View Own") == true)
        #expect(findings["fields"]?.hints.first?.contains("Custom Fields: Full") == true)
    }
}
