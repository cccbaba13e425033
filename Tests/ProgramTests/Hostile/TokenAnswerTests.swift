import TestSupport
import Testing

/// The built programs against token endpoints that answer as they should not, one issuer a case.
@Suite struct `A hostile token endpoint` {
    /// T-1, T-2, T-3, T-7, T-9 and T-10.
    @Test func `gives no token by an answer of the wrong shape`() async throws {
        try await expect(TokenAnswer.shapes)
    }

    /// T-4, T-5, T-6 and T-8.
    @Test func `gives no token by members that make no sense, and stops nobody by a number`()
        async throws
    {
        try await expect(TokenAnswer.members)
    }

    /// T-11, T-13, T-14, T-15, T-16, T-22 and T-23.
    @Test func `is asked once, whatever it does on the wire, and followed nowhere`() async throws {
        try await expect(TokenAnswer.transfers)
    }

    /// Each case by a command of its own at one broker, which must live on and keep nothing.
    private func expect(_ cases: [TokenAnswer]) async throws {
        #expect(Set(cases.map(\.name)).count == cases.count)
        let answers = Dictionary(uniqueKeysWithValues: cases.map { ($0.name, $0.answer) })
        let server = try HostileServer(answers) { issuer in
            json(#"{"issuer":"\#(issuer)","token_endpoint":"\#(issuer)/token"}"#)
        }
        let sesame = try server.sesame(for: cases.map(\.name))
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        for answer in cases {
            let ended = try await sesame.attempt(["token", answer.name])
            let comment = Comment(
                rawValue: "\(answer.name): \(ended.status) \(ended.errors.prefix(400))")
            switch answer.end {
            case .token(let token):
                #expect(ended.status == 0 && ended.output == token + "\n", comment)
            case .none(let status):
                #expect(ended.status == status && ended.output.isEmpty, comment)
                #expect(
                    ended.errors.utf8.allSatisfy { $0 == 0x0A || $0 >= 0x20 && $0 != 0x7F }, comment
                )
                #expect(ended.errors.utf8.count < 2000, comment)
            }
            // What may have been seen is not said twice.
            #expect(server.requests(of: answer.name + "/").count == 1, comment)
        }
        #expect(server.others.isEmpty, "\(server.others)")
        // None of them has brought the broker down.
        let status = try await sesame.run("status", "--json")
        #expect(status.split(separator: "\n").count == cases.count)
        broker.terminate()
        #expect(try await offPool { try broker.wait() }.status == 0)
    }
}
