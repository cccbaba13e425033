import SesameHTTP
import SesameMautic
import SesameSystem
import Testing

@Suite struct `A request to Mautic` {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let answers: [ContactServer.Answer]
        let pauses: [Int64]
        let succeeds: Bool

        init(_ name: String, _ answers: [ContactServer.Answer], _ pauses: [Int64], _ succeeds: Bool)
        {
            testDescription = name
            self.answers = answers
            self.pauses = pauses
            self.succeeds = succeeds
        }
    }

    static let ok = ContactServer.Answer.json(201, Captures.created)
    static let unreachable = ContactServer.Answer.fails(.cannotConnect, sent: false)
    static let lost = ContactServer.Answer.fails(.connectionLost, sent: true)
    static let crash = ContactServer.Answer.json(500, Captures.crash)
    static let offline = ContactServer.Answer.json(500, Captures.offline)

    static let cases = [
        Case("that never arrived is sent again", [unreachable, unreachable, ok], [1, 2], true),
        Case(
            "that never arrives is given up", [unreachable, unreachable, unreachable, unreachable],
            [1, 2, 4], false),
        Case("whose answer was lost is sent again, once and not at once", [lost, ok], [5], true),
        Case("whose answer was lost twice is given up", [lost, lost], [5], false),
        Case("that timed out is sent again once", [.fails(.timeout, sent: true), ok], [5], true),
        Case(
            "that a gateway could not pass on is sent again", [.json(502, ""), .json(503, ""), ok],
            [1, 2], true),
        Case(
            "that a gateway gave up is sent again once",
            [.json(504, ""), .json(504, "")], [5], false),
        Case("that crashed is sent again once", [crash, ok], [1], true),
        Case("that crashed twice is given up", [crash, offline], [1], false),
        Case("waits until the limit ends", [limited("1790000007"), ok], [7], true),
        Case(
            "waits until the date that the server names",
            [
                ContactServer.Answer(
                    status: 429, fields: [("Retry-After", "Mon, 21 Sep 2026 14:13:27 GMT")]), ok,
            ], [7], true),
        Case("waits a second when the limit has ended", [limited("1789999000"), ok], [1], true),
        Case("does not wait an hour", [limited("1790003600")], [], false),
        Case("does not wait for ever", [limited("9223372036854775807")], [], false),
        Case("that was limited without a time is tried again", [.json(429, ""), ok], [1], true),
        Case("over bad TLS is given up", [.fails(.tls, sent: false)], [], false),
        Case("that the broker refuses is given up", [.fails(.refused, sent: false)], [], false),
        Case("to an unknown host is given up", [.fails(.unknownHost, sent: false)], [], false),
    ]

    @Test(arguments: cases) func `is sent again only where that is right`(_ expected: Case)
        async throws
    {
        let time = PatientTime()
        let server = ContactServer(expected.answers)
        let error = await error(of: { try await client(server, time: time).create(draft()) })
        #expect((error == nil) == expected.succeeds, "\(error?.message ?? "")")
        #expect(time.pauses == expected.pauses)
        #expect(server.requests.count == expected.answers.count)
    }

    @Test(arguments: [500, 502, 503, 504])
    func `that keeps failing is a temporary error`(_ status: Int) async throws {
        let server = ContactServer(Array(repeating: .json(status, Captures.offline), count: 4))
        let error = try #require(await error(of: { try await client(server).create(draft()) }))
        guard case .temporary = error.code else {
            Issue.record("\(error.code)")
            return
        }
        #expect(error.message == "the server answered HTTP \(status): Site is offline")
    }

    @Test func `over the limit says when it ends`() async throws {
        let server = ContactServer([Self.limited("1790003600")])
        let error = try #require(await error(of: { try await client(server).create(draft()) }))
        guard case .rateLimited(let until) = error.code else {
            Issue.record("\(error.code)")
            return
        }
        #expect(until == Timestamp(seconds: 1_790_003_600))
        #expect(error.message.contains("5 API calls per hour"))
    }

    @Test func `without an answer says that it may have been acted on`() async throws {
        let server = ContactServer([Self.lost, Self.lost])
        let error = try #require(await error(of: { try await client(server).create(draft()) }))
        guard case .transport(let failure) = error.code else {
            Issue.record("\(error.code)")
            return
        }
        #expect(failure.mayHaveBeenSent)
        #expect(error.hints.contains { $0.contains("again is safe") })
    }

    private static func limited(_ reset: String) -> ContactServer.Answer {
        ContactServer.Answer(
            status: 429, fields: [("X-RateLimit-Reset", reset)], body: Captures.tooMany)
    }
}
