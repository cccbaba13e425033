import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

/// What the tests of faults do to a store.
extension Drill {
    static let all = [
        setUp, opening, renewal, failedRenewal, login, keyRotation, resealing, restore,
        upgrade,
    ]

    /// From nothing to the first login.
    static let setUp = Drill(
        name: "a set-up", isOpenBefore: false, prepare: { _ in },
        steps: [
            { _ = try await $0.opened() },
            { try await $0.opened().put(secrets("alice"), for: "alice") },
            { try await $0.opened().put(sampleCredential("first"), for: "alice") },
        ])

    /// From format 1: the store is of one format or of the other at any moment.
    static let upgrade = Drill(
        name: "an upgrade", isOpenBefore: false,
        prepare: { hands in
            try await twoProfiles(hands)
            hands.store = nil
            try FormatOne.downgrade(hands.disk.folder.file("store.db"), root: testKey("key"))
        },
        steps: [{ _ = try await everything(in: $0.opened()) }])

    static let opening = Drill(
        name: "opening and reading", isOpenBefore: false, prepare: twoProfiles,
        steps: [{ _ = try await everything(in: $0.opened()) }])

    static let renewal = Drill(
        name: "a renewal", prepare: twoProfiles,
        steps: [
            beginRenewal,
            { hands in
                let ticket = try #require(hands.ticket)
                let answer = sampleCredential("renewed")
                _ = try await hands.opened().finishRenewal(ticket, with: answer)
            },
        ])

    static let failedRenewal = Drill(
        name: "a renewal that fails", prepare: twoProfiles,
        steps: [
            beginRenewal,
            { hands in
                let ticket = try #require(hands.ticket)
                let outcome = Outcome(at: now, code: "temporary", message: "503")
                try await hands.opened().abandonRenewal(ticket, outcome: outcome)
            },
        ])

    static let login = Drill(
        name: "logins and a logout", prepare: twoProfiles,
        steps: [
            { try await $0.opened().put(sampleCredential("again"), for: "alice") },
            { try await $0.opened().put(secrets("carol"), for: "carol") },
            { try await $0.opened().put(sampleCredential("new"), for: "carol") },
            { try await $0.opened().forget("alice") },
        ])

    /// The store is opened by one of two root secrets at any moment, never by none.
    static let keyRotation = Drill(
        name: "a change of the key", prepare: twoProfiles,
        steps: [
            { try await $0.opened().rewrap(with: HeldKey(testKey("second key")).newSecret()) }
        ])

    static let resealing = Drill(
        name: "a re-sealing", prepare: twoProfiles,
        steps: [
            { try await $0.opened().beginResealing() },
            { hands in while try await !hands.opened().resealSome().isFinished {} },
        ])

    static let restore = Drill(
        name: "a restore", prepare: twoProfiles,
        steps: [
            { hands in
                let store = try await hands.opened()
                try await store.restoreAll([
                    StoredProfile(name: "alice", credential: sampleCredential("from the backup")),
                    StoredProfile(name: "carol", secrets: secrets("carol")),
                ])
            }
        ])

    private static let beginRenewal: Step = { hands in
        let store = try await hands.opened()
        let seen = try await store.credential(of: "alice")?.revision
        hands.ticket = granted(
            try await store.beginRenewal(of: "alice", seen: seen, now: now, deadline: later))
    }

    private static let twoProfiles: Step = { hands in
        let store = try await hands.opened()
        for name in ["alice", "bob"] {
            try await store.put(sampleCredential("access-of-\(name)"), for: name)
            try await store.put(secrets(name), for: name)
        }
    }

    private static func secrets(_ name: String) -> ClientSecrets {
        ClientSecrets(clientSecret: Secret(utf8: "secret-of-\(name)"))
    }
}

extension SQLiteStore {
    fileprivate func restoreAll(_ profiles: [StoredProfile]) throws(StoreError) {
        var rest = profiles[...]
        _ = try restore(replacing: true) { () throws(StoreError) in rest.popFirst() }
    }
}
