import SesameBroker
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

@Suite struct `The straight line` {
    @Test func `answers from what is held, without a request`() async throws {
        let house = try Household()
        try await house.logIn()
        #expect(try await house.token() == "access-1")
        #expect(house.server.tokenRequests == 0)
    }

    @Test func `renews what lives for less than was asked`() async throws {
        let house = try Household()
        try await house.logIn(lifetime: 59)
        #expect(try await house.token() == "access-2")
        #expect(try await house.token() == "access-2")
        #expect(house.server.tokenRequests == 1)
        let stored = try #require(try await house.store.credential(of: "aivie"))
        #expect(stored.value.refreshToken?.dangerouslyRevealedText() == "refresh-2")
    }

    /// Promise 2: one expiry, one request.
    @Test func `leads forty callers to one token request`() async throws {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        let tokens = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<40 { group.addTask { try await house.token() } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(tokens == ["access-2"])
        #expect(house.server.tokenRequests == 1)
    }

    /// A reader who looked before another renewal landed must not open a second one with the spent token.
    @Test(arguments: 0..<20) func `never replays for a stale reader`(round: Int) async throws {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    if round % 2 == 0 { await Task.yield() }
                    _ = try? await house.token()
                }
            }
        }
        #expect(house.server.replays == 0)
        #expect(house.server.tokenRequests == 1)
    }

    @Test func `renews on demand, and several demands at once are one`() async throws {
        let house = try Household()
        try await house.logIn()
        house.server.hold()
        async let first = house.token(refresh: true)
        await house.server.arrival()
        async let second = house.token(refresh: true)
        await Task.yield()
        house.server.release()
        #expect(try await first == "access-2")
        #expect(try await second == "access-2")
        #expect(house.server.tokenRequests == 1)
    }

    /// The refresh token may give one for the new resources; the held one would be refused there, and shown.
    @Test func `R-2: gives no token that was asked for other resources`() async throws {
        let house = try Household()
        try await house.logIn()
        let path = house.folder.file("config")
        let resource = "\nresource = https://acme.example/api"
        func configure(_ setting: String) throws {
            let changed = Household.configuration.replacing(
                "; another comment", with: "; another comment" + setting)
            try PrivateFile.replace(path, Secret(utf8: changed))
        }
        // As an earlier version kept it: nobody knows what it was asked for.
        try configure(resource)
        #expect(try await house.token() == "access-1")
        try configure("")
        #expect(try await house.token(refresh: true) == "access-2")
        for (setting, token) in [
            (resource, "access-3"), (resource + resource + "/2", "access-4"), ("", "access-5"),
        ] {
            try configure(setting)
            for _ in 1...2 { #expect(try await house.token() == token) }
        }
        #expect(house.server.tokenRequests == 4 && house.server.replays == 0)
    }

    @Test func `finishes a rotation whose caller has gone`() async throws {
        let house = try Household()
        try await house.logIn(lifetime: 0)
        house.server.hold()
        let caller = Task { try await house.token() }
        await house.server.arrival()
        caller.cancel()
        house.server.release()
        await house.broker.settle()
        let stored = try #require(try await house.store.credential(of: "aivie"))
        #expect(stored.value.refreshToken?.dangerouslyRevealedText() == "refresh-2")
    }

    /// Standards K-11: a clock that jumped back makes a token's age unknown, not eternal.
    @Test func `renews when the clock has jumped back`() async throws {
        let house = try Household()
        try await house.logIn()
        house.time.setWallClock(house.time.now.adding(seconds: -86_400))
        #expect(try await house.token() == "access-2")
    }

    @Test func `gets a first token by client credentials, and the next when that expires`()
        async throws
    {
        let house = try Household()
        try await house.store.put(
            ClientSecrets(clientSecret: Secret(utf8: "s3cret"), username: nil, password: nil),
            for: "robot")
        #expect(try await house.token("robot") == "access-2")
        #expect(try await house.token("robot") == "access-2")
        house.time.advance(seconds: 3600)
        #expect(try await house.token("robot") == "access-3")
        #expect(house.server.tokenRequests == 2)
    }

    @Test func `gets a token anew when the stored one is another client's`() async throws {
        let house = try Household()
        try await house.store.put(ClientSecrets(clientSecret: Secret(utf8: "s3cret")), for: "robot")
        _ = try await house.store.put(house.credential("access-1", "refresh-1"), for: "robot")
        #expect(try await house.token("robot") == "access-2")
    }

    @Test func `says that a person must log in`() async throws {
        let house = try Household()
        try await house.store.put(
            ClientSecrets(clientSecret: Secret(utf8: "s3cret"), username: nil, password: nil),
            for: "aivie")
        let error = try #require(
            await failure { () throws(BrokerError) in try await house.token() })
        #expect(error.code == .loginRequired)
        #expect(error.hints == ["log in: sesame login aivie"])
    }

    @Test func `does not use a login of another client or another server`() async throws {
        let house = try Household(
            Household.configuration.replacing("1_abc", with: "2_def"))
        try await house.logIn()
        let error = try #require(
            await failure { () throws(BrokerError) in try await house.token() })
        #expect(error.code == .loginRequired)
        #expect(house.server.requests.isEmpty)
    }

    @Test func `says once that it forgets a password, and then that there was none`() async throws {
        let house = try Household()
        try await house.store.put(
            ClientSecrets(
                clientSecret: nil, username: Secret(utf8: "ada"), password: Secret(utf8: "p")),
            for: "plain")
        #expect(try await house.broker.logout("plain").wasForgotten)
        #expect(try await !house.broker.logout("plain").wasForgotten)
    }
}
