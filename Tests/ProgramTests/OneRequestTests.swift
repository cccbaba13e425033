import SesameJSON
import TestSupport
import Testing

/// Eight shells at once, in want of one token.
@Suite struct `Eight processes without a token` {
    @Test(arguments: [true, false])
    func `make one token request, with a broker and without`(hasBroker: Bool) async throws {
        let playground = try Playground()
        let sesame = Sesame(server: playground)
        // An issuer that takes its time, so that all of them meet the one renewal.
        try await sesame.run(
            [
                "setup", "work", "--issuer", "\(playground.origin)/slow",
                "--client-id", "practice-service", "--client-auth", "client_secret_basic",
                "--grant", "client_credentials", "--client-secret-stdin",
            ], input: "practice-secret")
        let broker = hasBroker ? try await sesame.startBroker() : nil
        let before = try await playground.tokenRequests()

        let tokens = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 1...8 { group.addTask { try await sesame.run("token", "work") } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }

        #expect(tokens.count == 1)
        #expect(try await playground.tokenRequests() == before + 1)
        broker?.terminate()
        #expect(try broker?.wait().status ?? 0 == 0)
    }
}
