import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

/// The stores that promise the same.
enum StoreKind: CaseIterable, Sendable {
    case memory, sqlite

    func make() async throws -> (store: any CredentialStore, folder: TemporaryFolder) {
        let folder = TemporaryFolder()
        switch self {
        case .memory: return (MemoryStore(), folder)
        case .sqlite: return (try await openStore(in: folder), folder)
        }
    }
}

let now = Timestamp(seconds: 1_790_000_000)
let later = now.adding(seconds: 60)

func openStore(
    in folder: TemporaryFolder, key: String = "key", random: any RandomSource = SystemRandom(),
    keys: (any Keyholder)? = nil, anchor: (any RollbackAnchor)? = nil,
    acceptsRollback: Bool = false,
    notice: @escaping @Sendable (String) -> Void = { _ in }
) async throws -> SQLiteStore {
    try await SQLiteStore.open(
        path: folder.file("store.db"), keys: keys ?? HeldKey(testKey(key)), random: random,
        time: ManualTime(now: now), anchor: anchor, acceptsRollback: acceptsRollback,
        notice: notice)
}

func testKey(_ seed: String = "key") -> Secret { SeededRandom(seed).bytes(32) }

func sampleCredential(_ token: String = "access-1") -> Credential {
    Credential(
        accessToken: Secret(utf8: token), scope: "contacts",
        accessExpiresAt: now.adding(seconds: 3600),
        accessReceivedAt: now, refreshToken: Secret(utf8: "refresh-of-\(token)"), loggedInAt: now,
        tokenEndpoint: "https://sso.example/token", clientID: "client")
}

func code(of body: () async throws -> Void) async -> StoreError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? StoreError)?.code ?? .internal
    }
}

func granted(_ start: RenewalStart) -> RenewalTicket? {
    if case .yours(let ticket, _) = start { ticket } else { nil }
}

@Suite struct `A credential store` {
    @Test(arguments: StoreKind.allCases)
    func `holds nothing at first`(kind: StoreKind) async throws {
        let (store, folder) = try await kind.make()
        defer { withExtendedLifetime(folder) {} }
        #expect(try await store.credential(of: "mautic") == nil)
        #expect(try await store.secrets(of: "mautic") == nil)
        #expect(try await store.outcome(of: "mautic") == nil)
        #expect(try await store.renewal(of: "mautic") == nil)
        #expect(try await store.profiles() == [])
    }

    @Test(arguments: StoreKind.allCases)
    func `gives back every part of a credential`(kind: StoreKind) async throws {
        let (store, folder) = try await kind.make()
        defer { withExtendedLifetime(folder) {} }
        var credential = sampleCredential("päss \"word\"\\\u{1}")
        credential.loginExpiresAt = later
        credential.renewedAt = now
        credential.ended = .init(reason: "expired", serverCode: "invalid_grant", at: later)
        credential.restoredFrom = "backup of host a"
        credential.dpopKey = Secret(utf8: #"{"kty":"EC","d":"AQ"}"#)
        let revision = try await store.put(credential, for: "mautic")
        let stored = try #require(try await store.credential(of: "mautic"))
        #expect(stored.revision == revision)
        let value = stored.value
        #expect(value.accessToken?.dangerouslyRevealedText() == "päss \"word\"\\\u{1}")
        #expect(value.refreshToken?.dangerouslyRevealedText().hasPrefix("refresh-of-") == true)
        #expect(value.tokenType == "Bearer" && value.scope == "contacts")
        #expect(value.accessExpiresAt == now.adding(seconds: 3600))
        #expect(value.accessReceivedAt == now && value.loggedInAt == now)
        #expect(value.loginExpiresAt == later && value.renewedAt == now)
        #expect(value.tokenEndpoint == "https://sso.example/token" && value.clientID == "client")
        #expect(value.ended == credential.ended)
        #expect(value.restoredFrom == "backup of host a")
        #expect(value.dpopKey?.dangerouslyRevealedText() == #"{"kty":"EC","d":"AQ"}"#)
    }

    @Test(arguments: StoreKind.allCases)
    func `keeps profiles apart and lists them`(kind: StoreKind) async throws {
        let (store, folder) = try await kind.make()
        defer { withExtendedLifetime(folder) {} }
        try await store.put(sampleCredential("b"), for: "b")
        try await store.put(ClientSecrets(username: Secret(utf8: "user")), for: "a")
        _ = try await store.beginRenewal(of: "only-a-ticket", seen: nil, now: now, deadline: later)
        #expect(try await store.profiles() == ["a", "b"])
        #expect(try await store.credential(of: "a") == nil)
        #expect(try await store.secrets(of: "b") == nil)
        let user = try await store.secrets(of: "a")?.username
        #expect(user?.dangerouslyRevealedText() == "user")
    }

    @Test(arguments: StoreKind.allCases)
    func `forgets the credential and keeps the client secrets`(kind: StoreKind) async throws {
        let (store, folder) = try await kind.make()
        defer { withExtendedLifetime(folder) {} }
        let first = try await store.put(sampleCredential(), for: "mautic")
        try await store.put(ClientSecrets(clientSecret: Secret(utf8: "s")), for: "mautic")
        try await store.forget("mautic")
        try await store.forget("never-seen")
        #expect(try await store.credential(of: "mautic") == nil)
        #expect(try await store.secrets(of: "mautic") != nil)
        #expect(try await store.profiles() == ["mautic"])
        let second = try await store.put(sampleCredential(), for: "mautic")
        #expect(second != first, "a revision never comes back")
    }
}

@Suite struct `A change by somebody who has seen the store` {
    @Test(arguments: StoreKind.allCases)
    func `is made only when that is still what is stored`(kind: StoreKind) async throws {
        let (store, folder) = try await kind.make()
        defer { withExtendedLifetime(folder) {} }
        let first = try await store.put(sampleCredential("1"), for: "mautic", ifStill: nil)
        #expect(
            await code {
                _ = try await store.put(sampleCredential("x"), for: "mautic", ifStill: nil)
            } == .superseded)
        let second = try await store.put(sampleCredential("2"), for: "mautic", ifStill: first)
        #expect(
            await code {
                _ = try await store.put(sampleCredential("x"), for: "mautic", ifStill: first)
            } == .superseded)
        let held = try #require(try await store.credential(of: "mautic"))
        #expect(held.revision == second)
        #expect(held.value.accessToken?.dangerouslyRevealedText() == "2")
    }

    @Test(arguments: StoreKind.allCases)
    func `adds to the client secrets that are there`(kind: StoreKind) async throws {
        let (store, folder) = try await kind.make()
        defer { withExtendedLifetime(folder) {} }
        try await store.changeSecrets(of: "mautic") { secrets in
            #expect(secrets == nil)
            return ClientSecrets(clientSecret: Secret(utf8: "one"))
        }
        try await store.changeSecrets(of: "mautic") { secrets in
            var secrets = secrets ?? ClientSecrets()
            secrets.password = Secret(utf8: "two")
            return secrets
        }
        let secrets = try #require(try await store.secrets(of: "mautic"))
        #expect(secrets.clientSecret?.dangerouslyRevealedText() == "one")
        #expect(secrets.password?.dangerouslyRevealedText() == "two")
    }
}

@Suite struct `A renewal` {
    @Test(arguments: StoreKind.allCases)
    func `is given to one caller until it is finished`(kind: StoreKind) async throws {
        let (store, folder) = try await kind.make()
        defer { withExtendedLifetime(folder) {} }
        let seen = try await store.put(sampleCredential("old"), for: "mautic")
        let begun = try await store.beginRenewal(
            of: "mautic", seen: seen, now: now, deadline: later)
        guard case .yours(let ticket, earlierAnswerMayBeLost: false) = begun else {
            Issue.record("the first caller must get the ticket, not \(begun)")
            return
        }
        #expect(try await store.renewal(of: "mautic") == later)
        let second = try await store.beginRenewal(
            of: "mautic", seen: seen, now: now, deadline: later)
        guard case .busy(until: later) = second else {
            Issue.record("the second caller must wait, not \(second)")
            return
        }
        let revision = try await store.finishRenewal(ticket, with: sampleCredential("new"))
        #expect(try await store.renewal(of: "mautic") == nil)
        let third = try await store.beginRenewal(
            of: "mautic", seen: seen, now: now, deadline: later)
        guard case .changed(let current?) = third else {
            Issue.record("a caller with an old revision must get the new credential, not \(third)")
            return
        }
        #expect(current.revision == revision && revision != seen)
        #expect(current.value.accessToken?.dangerouslyRevealedText() == "new")
    }

    @Test(arguments: StoreKind.allCases)
    func `keeps what was wrong with the answer, until the next one`(kind: StoreKind) async throws {
        let (store, folder) = try await kind.make()
        defer { withExtendedLifetime(folder) {} }
        let outcome = Outcome(at: now, code: "refused", message: "the ID token is wrong")
        for expected in [outcome, nil] {
            let seen = try await store.credential(of: "mautic")?.revision
            let begun = try await store.beginRenewal(
                of: "mautic", seen: seen, now: now, deadline: later)
            let ticket = try #require(granted(begun))
            _ = try await store.finishRenewal(
                ticket, with: sampleCredential("new"), outcome: expected)
            #expect(try await store.outcome(of: "mautic")?.message == expected?.message)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `works without an earlier credential`(kind: StoreKind) async throws {
        let (store, folder) = try await kind.make()
        defer { withExtendedLifetime(folder) {} }
        let begun = try await store.beginRenewal(of: "cc", seen: nil, now: now, deadline: later)
        let ticket = try #require(granted(begun))
        _ = try await store.finishRenewal(ticket, with: sampleCredential("first"))
        let again = try await store.beginRenewal(of: "cc", seen: nil, now: now, deadline: later)
        guard case .changed(.some) = again else {
            Issue.record("expected the new credential, not \(again)")
            return
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `is taken over past its deadline with a larger fence, and says what that means`(
        kind: StoreKind
    ) async throws {
        let (store, folder) = try await kind.make()
        defer { withExtendedLifetime(folder) {} }
        let seen = try await store.put(sampleCredential("old"), for: "mautic")
        let first = try #require(
            granted(
                try await store.beginRenewal(of: "mautic", seen: seen, now: now, deadline: later)))
        let begun = try await store.beginRenewal(
            of: "mautic", seen: seen, now: later, deadline: later.adding(seconds: 60))
        guard case .yours(let second, earlierAnswerMayBeLost: true) = begun else {
            Issue.record("expected a takeover, not \(begun)")
            return
        }
        #expect(second.fence > first.fence)
        let stale = await code {
            _ = try await store.finishRenewal(first, with: sampleCredential("x"))
        }
        #expect(stale == .superseded)
        try await store.abandonRenewal(first, outcome: Outcome(at: now, code: "x", message: "x"))
        #expect(try await store.outcome(of: "mautic") == nil)
        #expect(try await store.renewal(of: "mautic") != nil, "the second ticket is still open")
        _ = try await store.finishRenewal(second, with: sampleCredential("new"))
        let held = try await store.credential(of: "mautic")?.value.accessToken
        #expect(held?.dangerouslyRevealedText() == "new")
    }

    @Test(arguments: StoreKind.allCases)
    func `that was abandoned is free again and leaves its outcome`(kind: StoreKind) async throws {
        let (store, folder) = try await kind.make()
        defer { withExtendedLifetime(folder) {} }
        let seen = try await store.put(sampleCredential("old"), for: "mautic")
        let first = try #require(
            granted(
                try await store.beginRenewal(of: "mautic", seen: seen, now: now, deadline: later)))
        let outcome = Outcome(at: now, code: "temporary", message: "the server answered 503")
        try await store.abandonRenewal(first, outcome: outcome)
        #expect(try await store.outcome(of: "mautic") == outcome)
        let begun = try await store.beginRenewal(
            of: "mautic", seen: seen, now: now, deadline: later)
        guard case .yours(let second, earlierAnswerMayBeLost: false) = begun else {
            Issue.record("expected a fresh ticket, not \(begun)")
            return
        }
        _ = try await store.finishRenewal(second, with: sampleCredential("new"))
        #expect(try await store.outcome(of: "mautic") == nil, "a success clears the failure")
    }

    @Test(arguments: StoreKind.allCases)
    func `ends with a login or a logout, and its answer overwrites nothing`(
        kind: StoreKind
    ) async throws {
        let (store, folder) = try await kind.make()
        defer { withExtendedLifetime(folder) {} }
        var seen: Revision? = try await store.put(sampleCredential("old"), for: "mautic")
        let first = try #require(
            granted(
                try await store.beginRenewal(of: "mautic", seen: seen, now: now, deadline: later)))
        seen = try await store.put(sampleCredential("login"), for: "mautic")
        let late = await code {
            _ = try await store.finishRenewal(first, with: sampleCredential("x"))
        }
        #expect(late == .superseded)
        let held = try await store.credential(of: "mautic")?.value.accessToken
        #expect(held?.dangerouslyRevealedText() == "login")
        let second = try #require(
            granted(
                try await store.beginRenewal(of: "mautic", seen: seen, now: now, deadline: later)))
        try await store.forget("mautic")
        let gone = await code {
            _ = try await store.finishRenewal(second, with: sampleCredential("x"))
        }
        #expect(gone == .superseded)
        #expect(try await store.credential(of: "mautic") == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `is not blocked for years by a clock that was wrong`(kind: StoreKind) async throws {
        let (store, folder) = try await kind.make()
        defer { withExtendedLifetime(folder) {} }
        let future = now.adding(seconds: 400_000_000)
        _ = try await store.beginRenewal(
            of: "cc", seen: nil, now: future, deadline: future.adding(seconds: 60))
        let begun = try await store.beginRenewal(of: "cc", seen: nil, now: now, deadline: later)
        #expect(granted(begun) != nil)
    }
}
