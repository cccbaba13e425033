import SesameJSON
import SesameSystem
import TestSupport
import Testing

/// The built programs, and servers whose clock shows anything.
@Suite struct `A server with an absurd clock` {
    /// What an answer says of its own time is of use for proofs of a key only, and within limits.
    @Test func `T-21: neither ends a token early nor keeps it for longer`() async throws {
        let dates = [
            "", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
            "Sat, 31 Feb 2026 25:61:61 GMT", "tomorrow", "-1", "99999999999999999999",
            "Mon, 01 Jan 2026 00:00:00 GMT\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT",
        ]
        let body = #"{"access_token":"good","token_type":"Bearer","expires_in":3600}"#
        let answers = dates.enumerated().map { index, date in
            let field = date.isEmpty ? "" : "Date: \(date)\r\nAge: 86400\r\n"
            let answer: HostileServer.Answer = { $0.write(json(body, fields: field)) }
            return ("date-\(index)", answer)
        }
        let server = try HostileServer(Dictionary(uniqueKeysWithValues: answers)) { issuer in
            json(#"{"issuer":"\#(issuer)","token_endpoint":"\#(issuer)/token"}"#)
        }
        let sesame = try server.sesame(for: answers.map(\.0))
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        for (name, _) in answers {
            let before = SystemTime().now
            let token = try JSON(printed: try await sesame.run("token", name, "--json"))
            let end = try #require(token["expires_at"]?.string.flatMap { Timestamp($0) })
            let after = SystemTime().now
            #expect(before.adding(seconds: 3600) <= end, "\(name)")
            #expect(end <= after.adding(seconds: 3600), "\(name)")
            #expect(try await sesame.run("token", name) == "good\n")
            #expect(server.requests(of: name + "/").count == 1, "\(name)")
        }
    }
}
