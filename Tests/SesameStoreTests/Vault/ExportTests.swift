import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `Profiles that leave a store and come into another` {
    @Test func `are the same there`() async throws {
        let (first, second) = (TemporaryFolder(), TemporaryFolder())
        let store = try await openStore(in: first)
        try await fill(store)
        let target = try await openStore(in: second, key: "other")
        let report = try await target.restore(profiles: try await exported(store))
        #expect(report == RestoreReport(added: ["a", "b"], replaced: [], skipped: []))
        #expect(try await described(target) == described(store))
    }

    @Test func `leave those alone that are there, unless they shall be replaced`() async throws {
        let (first, second) = (TemporaryFolder(), TemporaryFolder())
        let store = try await openStore(in: first)
        try await fill(store)
        let target = try await openStore(in: second)
        var own = sampleCredential("own")
        own.refreshToken = nil
        try await target.put(own, for: "b")
        try await target.put(ClientSecrets(password: Secret(utf8: "own")), for: "b")
        let all = try await exported(store)

        let kept = try await target.restore(profiles: all)
        #expect(kept == RestoreReport(added: ["a"], replaced: [], skipped: ["b"]))
        let held = try await target.credential(of: "b")?.value
        #expect(held?.accessToken?.dangerouslyRevealedText() == "own")

        let replaced = try await target.restore(profiles: all, replacing: true)
        #expect(replaced == RestoreReport(added: [], replaced: ["a", "b"], skipped: []))
        #expect(try await described(target) == described(store))
    }

    @Test func `come in all together or not at all`() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        try await store.put(sampleCredential("own"), for: "own")
        var sent = 0
        let failure = StoreError(.unwritable, "the source broke off")
        let result = await code {
            _ = try await store.restore(replacing: true) { () throws(StoreError) in
                sent += 1
                if sent > 3 { throw failure }
                return StoredProfile(name: "p\(sent)", credential: sampleCredential())
            }
        }
        #expect(result == .unwritable)
        #expect(try await openStore(in: folder).profiles() == ["own"])
    }

    @Test func `are named when they are damaged, and the others are handed over`() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        try await fill(store)
        try Database.open(folder.file("store.db")).execute(
            "UPDATE record SET sealed = zeroblob(200) WHERE profile = 'a' AND kind = 'secrets'")
        var names: [String] = []
        let rest = try await store.export { names.append($0.name) }
        #expect(names == ["a", "b"] && rest.damaged == ["a"] && rest.isComplete)
    }

    /// The last failure is no reason to give up a login.
    @Test(arguments: ["outcome", "secrets", "credential"])
    func `hold what is whole, whichever record is damaged`(kind: String) async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        try await fill(store)
        try Database.open(folder.file("store.db")).execute(
            "UPDATE record SET sealed = zeroblob(200) WHERE profile = 'a' AND kind = '\(kind)'")
        let profile = try #require(try await exported(store).first)
        #expect(profile.name == "a")
        #expect((profile.credential == nil) == (kind == "credential"))
        #expect((profile.secrets == nil) == (kind == "secrets"))
    }

    /// The records are authentic by themselves, and the newest that there are.
    @Test(arguments: [
        "UPDATE profile SET tag = zeroblob(32) WHERE name = 'a'",
        "UPDATE profile SET version = -version WHERE name = 'a'",
    ])
    func `never take the place of a newer login whose row alone is damaged`(sql: String)
        async throws
    {
        let (first, second) = (TemporaryFolder(), TemporaryFolder())
        let store = try await openStore(in: first)
        try await fill(store)
        let target = try await openStore(in: second)
        try await fill(target)
        var renewed = sampleCredential("renewed")
        renewed.renewedAt = now.adding(seconds: 5)
        try await target.put(renewed, for: "a")
        try Database.open(second.file("store.db")).execute(sql)
        let all = try await exported(store)
        #expect(try await target.restore(profiles: all).replaced == ["a"])
        let held = try await target.credential(of: "a")?.value.accessToken
        #expect(held?.dangerouslyRevealedText() == "renewed")
    }

    /// The way out of a damaged store begins with saving what is whole.
    @Test(arguments: [
        "UPDATE record SET sealed = zeroblob(200) WHERE kind = 'roll'",
        "DELETE FROM record WHERE kind = 'roll'", "DELETE FROM profile WHERE name = 'b'",
    ])
    func `are saved although the list of them is damaged, and that is said`(sql: String)
        async throws
    {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        try await fill(store)
        try Database.open(folder.file("store.db")).execute(sql)
        var names: [String] = []
        let rest = try await store.export { names.append($0.name) }
        #expect(names == (sql.contains("'b'") ? ["a"] : ["a", "b"]))
        #expect(!rest.isComplete)
    }

    @Test(arguments: [
        "UPDATE record SET sealed = zeroblob(200) WHERE profile = 'a'",
        "UPDATE profile SET tag = zeroblob(32) WHERE name = 'a'",
    ])
    func `stand in for damaged ones, whether that was asked for or not`(sql: String)
        async throws
    {
        let (first, second) = (TemporaryFolder(), TemporaryFolder())
        let store = try await openStore(in: first)
        try await fill(store)
        let target = try await openStore(in: second)
        try await fill(target)
        try Database.open(second.file("store.db")).execute(sql)
        let all = try await exported(store)
        let mended = try await target.restore(profiles: all)
        #expect(mended == RestoreReport(added: [], replaced: ["a"], skipped: ["b"]))
        #expect(try await described(target) == described(store))
        #expect(try await openStore(in: second).profiles() == ["a", "b"])
    }

    /// The refresh token of an older login may be spent.
    @Test func `never take the place of a login that is newer`() async throws {
        let (first, second) = (TemporaryFolder(), TemporaryFolder())
        let store = try await openStore(in: first)
        try await fill(store)
        let target = try await openStore(in: second)
        try await fill(target)
        var renewed = sampleCredential("renewed")
        renewed.renewedAt = now.adding(seconds: 5)
        try await target.put(renewed, for: "a")
        let all = try await exported(store)
        let report = try await target.restore(profiles: all, replacing: true)
        #expect(report.newer == ["a"] && report.skipped == ["a"] && report.replaced == ["b"])

        // Where another of its records is damaged, that one is taken.
        try Database.open(second.file("store.db")).execute(
            "UPDATE record SET sealed = zeroblob(200) WHERE profile = 'a' AND kind = 'secrets'")
        let mended = try await target.restore(profiles: all, replacing: true)
        #expect(mended.replaced == ["a", "b"] && mended.newer == [])
        let held = try await target.credential(of: "a")?.value.accessToken
        #expect(held?.dangerouslyRevealedText() == "renewed")
        #expect(try await target.secrets(of: "a")?.clientSecret != nil)
    }

    @Test func `that waited for a person go on waiting, and are named`() async throws {
        let store = try await openStore(in: TemporaryFolder())
        var parked = sampleCredential()
        parked.restoredFrom = "backup of host old"
        let profile = StoredProfile(name: "a", credential: parked)
        #expect(try await store.restore(profiles: [profile]).parked == ["a"])
    }

    private func fill(_ store: SQLiteStore) async throws {
        try await store.put(sampleCredential("one"), for: "a")
        try await store.put(ClientSecrets(clientSecret: Secret(utf8: "secret")), for: "a")
        let ticket = granted(
            try await store.beginRenewal(
                of: "a", seen: try await store.credential(of: "a")?.revision, now: now,
                deadline: later))
        try await store.abandonRenewal(
            try #require(ticket), outcome: Outcome(at: now, code: "temporary", message: "503"))
        try await store.put(ClientSecrets(username: Secret(utf8: "ada")), for: "b")
        // Nothing is left of this one.
        try await store.put(sampleCredential("gone"), for: "c")
        try await store.forget("c")
    }

    private func exported(_ store: SQLiteStore) async throws -> [StoredProfile] {
        var profiles: [StoredProfile] = []
        _ = try await store.export { profiles.append($0) }
        return profiles
    }

    private func described(_ store: SQLiteStore) async throws -> [String] {
        try await exported(store).map { profile in
            let contents = [
                try profile.credential?.encoded(), try profile.secrets?.encoded(),
                try profile.outcome?.encoded(),
            ]
            let texts = contents.map { $0?.dangerouslyRevealedText() ?? "-" }
            return profile.name + texts.joined()
        }
    }
}

extension SQLiteStore {
    fileprivate func restore(
        profiles: [StoredProfile], replacing: Bool = false
    ) throws(StoreError) -> RestoreReport {
        var rest = profiles[...]
        return try restore(replacing: replacing) { () throws(StoreError) in rest.popFirst() }
    }
}
