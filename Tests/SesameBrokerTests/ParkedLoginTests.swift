import SesameBroker
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

@Suite struct `A login that came with a backup` {
    private static let origin = "backup of host acme made 2026-11-25T10:00:00Z"

    private func house(expired: Bool) async throws -> Household {
        let house = try Household()
        try await house.logIn()
        var credential = house.credential("access-1", "refresh-1", lifetime: expired ? 0 : 3600)
        credential.restoredFrom = Self.origin
        _ = try await house.store.put(credential, for: "aivie")
        return house
    }

    @Test func `is not renewed, and the person is told why and what to do`() async throws {
        let house = try await house(expired: true)
        let error = try #require(
            await failure { () throws(BrokerError) in try await house.token() })
        #expect(error.code == .loginRequired)
        #expect(error.message.contains(Self.origin))
        #expect(error.hints.contains { $0.contains("sesame restore --confirm aivie") })
        #expect(error.hints.contains { $0.contains("sesame login aivie") })
        #expect(house.server.requests.isEmpty)
    }

    @Test func `still serves its access token, which harms nobody`() async throws {
        let house = try await house(expired: false)
        #expect(try await house.token() == "access-1")
        let forced = await failure { () throws(BrokerError) in
            try await house.token(refresh: true)
        }
        #expect(forced?.code == .loginRequired)
        #expect(house.server.requests.isEmpty)
    }

    @Test(arguments: [true, false]) func `shows as one that needs a person`(expired: Bool)
        async throws
    {
        let house = try await house(expired: expired)
        let report = try await house.broker.status("aivie")
        #expect(report.state == .loginRequired)
        #expect(report.lastError?.contains(Self.origin) == true)
    }

    @Test func `is renewed again once somebody has confirmed it`() async throws {
        let house = try await house(expired: true)
        #expect(try await house.broker.confirm(["aivie"]).confirmed == ["aivie"])
        #expect(try await house.token() == "access-2")
        #expect(try await house.store.credential(of: "aivie")?.value.restoredFrom == nil)
        #expect(try await house.broker.status("aivie").state == .ready)
    }

    @Test func `is found among all, and the others are left alone`() async throws {
        let house = try await house(expired: true)
        let other = try await house.store.put(house.credential("a", "b"), for: "robot")
        #expect(try await house.broker.confirm(nil).confirmed == ["aivie"])
        #expect(try await house.store.credential(of: "robot")?.revision == other)
        #expect(try await house.broker.confirm(nil).confirmed == [])
        let error = await failure { () throws(BrokerError) in
            try await house.broker.confirm(["aivie", "robot"])
        }
        #expect(error?.code == .usage)
    }

    @Test func `is confirmed although another profile is damaged, which is named`() async throws {
        let house = try await house(expired: true)
        _ = try await house.store.put(house.credential("a", "b"), for: "robot")
        house.store.damaged.withLock { $0 = ["robot"] }
        let report = try await house.broker.confirm(nil)
        #expect(report.confirmed == ["aivie"] && report.damaged == ["robot"])
        let error = await failure { () throws(BrokerError) in
            try await house.broker.confirm(["robot"])
        }
        #expect(error?.code == .storeDamaged)
    }

    /// The client may have a token of its own; that says nothing about the person's login.
    @Test func `stays parked when the client renews with its own credentials`() async throws {
        let house = try Household()
        try await house.store.put(ClientSecrets(clientSecret: Secret(utf8: "s3cret")), for: "robot")
        var parked = Credential(
            accessReceivedAt: house.time.now, refreshToken: Secret(utf8: "refresh-1"),
            loggedInAt: house.time.now, tokenEndpoint: "https://id.example/token", clientID: "cli")
        parked.restoredFrom = Self.origin
        _ = try await house.store.put(parked, for: "robot")
        _ = try await house.token("robot")
        let held = try #require(try await house.store.credential(of: "robot")).value
        #expect(held.restoredFrom == Self.origin)
        #expect(held.accessToken != nil && held.refreshToken != nil)
    }

    @Test func `is forgotten by a logout without a word to the server`() async throws {
        let house = try await house(expired: true)
        let report = try await house.broker.logout("aivie")
        #expect(report.wasForgotten && !report.wasRevoked)
        #expect(report.note?.contains(Self.origin) == true)
        #expect(house.server.requests.isEmpty)
    }
}
