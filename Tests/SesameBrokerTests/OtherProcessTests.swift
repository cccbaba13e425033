import SesameBroker
import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

/// What another process does to the store in the very moment between a look and a write.
@Suite struct `Another process at the same store` {
    /// Between a look at the credential and what the broker does about it, somebody logs in.
    private struct RacingStore: ForwardingStore {
        let store = MoodyStore()
        let newcomer: Credential
        let isArmed = Locked(false)

        func credential(of profile: String) async throws(StoreError) -> Stored<Credential>? {
            let seen = try await store.credential(of: profile)
            if isArmed.withLock({ isArmed in
                defer { isArmed = false }; return isArmed
            }) {
                _ = try await store.put(newcomer, for: profile)
            }
            return seen
        }

        func finishRenewal(
            _ ticket: RenewalTicket, with credential: Credential, outcome: Outcome?
        ) async throws(StoreError) -> Revision {
            // Somebody has taken the ticket over, and has not answered yet.
            isArmed.withLock { $0 = true }
            throw StoreError(.superseded, "taken over")
        }
    }

    @Test func `logs in while a renewal that was taken over is being saved, and wins`()
        async throws
    {
        let house = try Household()
        let store = RacingStore(newcomer: house.credential("access-9", "refresh-9"))
        let broker = Broker(
            Broker.Parts(
                configuration: ConfigurationFile(
                    path: house.folder.file("config"), home: house.folder.path),
                openStore: { _ in store }, transport: house.server, time: house.time))
        try await store.put(ClientSecrets(clientSecret: Secret(utf8: "s3cret")), for: "aivie")
        _ = try await store.put(
            house.credential("access-1", "refresh-1", lifetime: 0), for: "aivie")
        let token = try await broker.accessToken(Broker.TokenQuery(profile: "aivie"))
        #expect(token.value.dangerouslyRevealedText() == "access-9")
        let stored = try await store.store.credential(of: "aivie")?.value
        #expect(stored?.refreshToken?.dangerouslyRevealedText() == "refresh-9")
    }

    @Test func `changes another client secret at the same time, and both stay`() async throws {
        let house = try Household()
        let store = house.store
        let other = Broker(
            Broker.Parts(
                configuration: ConfigurationFile(
                    path: house.folder.file("config"), home: house.folder.path),
                openStore: { _ in store }, transport: house.server, time: house.time))
        for round in 1...50 {
            let (name, word) = (Secret(utf8: "name-\(round)"), Secret(utf8: "word-\(round)"))
            async let first = house.broker.setUp(
                "plain", changes: [:], secrets: ClientSecrets(username: name))
            async let second = other.setUp(
                "plain", changes: [:], secrets: ClientSecrets(password: word))
            _ = try await (first, second)
            let stored = try await store.secrets(of: "plain")
            #expect(stored?.username?.equals(name) == true)
            #expect(stored?.password?.equals(word) == true)
        }
    }
}
