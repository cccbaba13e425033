import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `Changing the root secret` {
    @Test func `lets the new one in and keeps the old one out`() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        let revision = try await store.put(sampleCredential("kept"), for: "mautic")
        try await store.rewrap(with: RootSecret(testKey("new"), PinnedSource(.command)))

        #expect(await code { _ = try await openStore(in: folder) } == .keyWrong)
        let held = try await openStore(in: folder, key: "new").credential(of: "mautic")
        #expect(held?.revision == revision)
        #expect(held?.value.accessToken?.dangerouslyRevealedText() == "kept")
        let outline = try await SQLiteStore.outline(of: folder.file("store.db"))
        #expect(outline?.source == PinnedSource(.command))
    }

    @Test func `disturbs nobody who has the store open`() async throws {
        let folder = TemporaryFolder()
        let first = try await openStore(in: folder)
        let other = try await openStore(in: folder)
        try await first.put(sampleCredential("one"), for: "mautic")
        try await first.rewrap(with: RootSecret(testKey("new"), PinnedSource(.file)))
        #expect(try await other.credential(of: "mautic") != nil)
        try await other.put(sampleCredential("two"), for: "mautic")
        let seen = try await first.credential(of: "mautic")
        #expect(seen?.value.accessToken?.dangerouslyRevealedText() == "two")
    }

    @Test func `by two processes at once ends with one of the two`() async throws {
        let folder = TemporaryFolder()
        let keys = ChangingKey("key")
        let first = try await openStore(in: folder, keys: keys)
        let second = try await openStore(in: folder, keys: keys)
        try await first.put(sampleCredential(), for: "mautic")
        try await first.rewrap(with: RootSecret(testKey("a"), PinnedSource(.file)))
        // The second one knows the old root secret only, and has to ask again.
        #expect(
            await code {
                try await second.rewrap(with: RootSecret(testKey("b"), PinnedSource(.file)))
            } == .keyWrong)
        keys.seed.withLock { $0 = "a" }
        try await second.rewrap(with: RootSecret(testKey("b"), PinnedSource(.file)))
        #expect(try await openStore(in: folder, key: "b").credential(of: "mautic") != nil)
    }

    @Test func `says which one it has replaced, also where another process was faster`()
        async throws
    {
        let folder = TemporaryFolder()
        let keys = ChangingKey("key")
        let first = try await openStore(in: folder, keys: keys)
        let second = try await openStore(in: folder, keys: keys)
        try await first.rewrap(with: RootSecret(testKey("a"), PinnedSource(.command)))
        keys.seed.withLock { $0 = "a" }
        let replaced = try await second.rewrap(with: RootSecret(testKey("b"), PinnedSource(.file)))
        #expect(replaced.secret.equals(testKey("a")) && replaced.source == PinnedSource(.command))
    }

    /// A store from before it is an older copy, also when nothing else was written since.
    @Test func `uses up a number of the store's counter`() async throws {
        let store = try await openStore(in: TemporaryFolder())
        let before = try await store.description().counter
        try await store.rewrap(with: RootSecret(testKey("new"), PinnedSource(.file)))
        #expect(try await store.description().counter > before)
    }

    @Test func `takes a damaged data key away that nothing is sealed with`() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        try await store.put(sampleCredential(), for: "mautic")
        try Database.open(folder.file("store.db")).execute(
            "INSERT INTO data_key VALUES (7, 1, zeroblob(60))")
        try await store.rewrap(with: RootSecret(testKey("new"), PinnedSource(.file)))
        #expect(try await store.description().generations.map(\.generation) == [1])
    }

    @Test func `is refused when a data key is damaged, and changes nothing`() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        try await store.put(sampleCredential(), for: "mautic")
        try await store.beginResealing()
        try Database.open(folder.file("store.db")).execute(
            "UPDATE data_key SET sealed = zeroblob(60) WHERE generation = 1")
        #expect(
            await code {
                try await store.rewrap(with: RootSecret(testKey("new"), PinnedSource(.file)))
            } == .damaged)
        _ = try await openStore(in: folder)
    }
}

@Suite struct `Sealing everything anew` {
    @Test func `leaves nothing that the old data key opens`() async throws {
        let folder = TemporaryFolder()
        let store = try await filled(folder, 150)
        try await store.beginResealing()
        let end = try await finish(store)
        #expect(
            end
                == ResealProgress(
                    done: 150, total: 150, isFinished: true, damaged: [], keepsOlderKey: false))
        let database = try Database.open(folder.file("store.db"))
        #expect(try database.execute("SELECT generation FROM data_key") == [[.integer(2)]])
        for table in ["profile", "record"] {
            let generations = try database.execute("SELECT DISTINCT generation FROM \(table)")
            #expect(generations == [[.integer(2)]], "\(table)")
        }
        let again = try await openStore(in: folder)
        #expect(try await again.profiles().count == 150)
        try await expectWhole(again, 150)
    }

    /// K-13: what is left to do is read from the store, not from the process.
    @Test func `goes on in another process where one has stopped`() async throws {
        let folder = TemporaryFolder()
        let store = try await filled(folder, 150)
        try await store.beginResealing()
        let some = try await store.resealSome()
        #expect(!some.isFinished && some.done > 0 && some.done < 150)

        let next = try await openStore(in: folder)
        try await expectWhole(next, 150)
        let left = try #require(try await next.description().resealing)
        #expect(left.done == some.done && left.total == 150)
        let end = try await finish(next)
        #expect(end.done == 150 - some.done)
        try await expectWhole(next, 150)
        #expect(try await next.description().resealing == nil)
    }

    @Test func `goes on while others read and write, who need not be told`() async throws {
        let folder = TemporaryFolder()
        let store = try await filled(folder, 100)
        let other = try await openStore(in: folder)
        try await store.beginResealing()
        var round = 0
        while try await !store.resealSome().isFinished {
            round += 1
            try await other.put(sampleCredential("token-p\(round)"), for: "p\(round)")
            try await other.put(sampleCredential("token-n\(round)"), for: "n\(round)")
            #expect(try await store.credential(of: "n\(round)") != nil)
        }
        #expect(round > 0)
        #expect(try await other.profiles().count == 100 + round)
        try await expectWhole(other, 100)
        try await expectWhole(try await openStore(in: folder), 100)
    }

    @Test func `leaves a damaged profile and its key as they are, and says so`() async throws {
        let folder = TemporaryFolder()
        let store = try await filled(folder, 5)
        try Database.open(folder.file("store.db")).execute(
            "UPDATE record SET sealed = zeroblob(200) WHERE profile = 'p3' AND kind = 'secrets'")
        try await store.beginResealing()
        let end = try await finish(store)
        #expect(end.damaged == ["p3"] && end.done == 4 && end.isFinished && end.keepsOlderKey)
        #expect(try await store.description().generations.map(\.generation) == [1, 2])
        #expect(try await store.credential(of: "p3") != nil, "what is whole is still read")
        #expect(await code { _ = try await store.secrets(of: "p3") } == .damaged)
    }

    /// What was made known meanwhile may be the key that an interrupted one goes over to.
    @Test func `begun once more uses a key that is new again`() async throws {
        let folder = TemporaryFolder()
        let store = try await filled(folder, 100)
        try await store.beginResealing()
        _ = try await store.resealSome()
        let next = try await openStore(in: folder)
        try await next.beginResealing()
        #expect(try await next.description().generations.map(\.generation) == [1, 2, 3])
        // The first one goes on, with what is the newest key now.
        #expect(try await finish(store).keepsOlderKey == false)
        #expect(try await next.description().generations.map(\.generation) == [3])
        try await expectWhole(next, 100)
    }

    @Test func `removes records and keys that belong to nothing`() async throws {
        let folder = TemporaryFolder()
        let store = try await filled(folder, 3)
        try Database.open(folder.file("store.db")).execute(
            "INSERT INTO record VALUES ('nobody', 'credential', 1, 2, zeroblob(200))")
        try Database.open(folder.file("store.db")).execute(
            "INSERT INTO record VALUES ('p2', 'unnamed', 1, 2, zeroblob(200))")
        try Database.open(folder.file("store.db")).execute(
            "INSERT INTO data_key VALUES (0, 1, zeroblob(60))")
        try await store.beginResealing()
        let end = try await finish(store)
        #expect(end.damaged == [] && !end.keepsOlderKey)
        #expect(try await store.description().generations.map(\.generation) == [2])
        try await expectWhole(store, 3)
    }

    /// Where a row is missing, its records are all that is left of it.
    @Test func `says that an older key stays when the list of profiles is hurt`() async throws {
        let folder = TemporaryFolder()
        let store = try await filled(folder, 3)
        try await store.beginResealing()
        try Database.open(folder.file("store.db")).execute("DELETE FROM profile WHERE name = 'p3'")
        let end = try await finish(store)
        #expect(end.isFinished && end.keepsOlderKey)
        let left = try Database.open(folder.file("store.db")).execute(
            "SELECT count(*) FROM record WHERE profile = 'p3'")
        #expect(left == [[.integer(2)]])
    }

    /// The rows of before fit together, and are an older copy all the same.
    @Test func `K-4: is not undone by putting the older roll and key back`() async throws {
        let folder = TemporaryFolder()
        let store = try await filled(folder, 3)
        let database = try Database.open(folder.file("store.db"))
        for table in ["data_key", "record"] {
            try database.execute("CREATE TEMP TABLE old_\(table) AS SELECT * FROM \(table)")
        }
        try await store.beginResealing()
        _ = try await finish(store)
        try database.execute("INSERT OR REPLACE INTO data_key SELECT * FROM old_data_key")
        try database.execute(
            "INSERT OR REPLACE INTO record SELECT * FROM old_record WHERE kind = 'roll'")
        #expect(await code { try await store.put(sampleCredential(), for: "x") } == .rolledBack)
    }

    @Test func `is refused where rows are missing`() async throws {
        let folder = TemporaryFolder()
        let store = try await filled(folder, 5)
        try Database.open(folder.file("store.db")).execute("DELETE FROM profile WHERE name = 'p3'")
        #expect(await code { try await store.beginResealing() } == .damaged)
        #expect(try await store.description().generations.count == 1)
    }

    private func filled(_ folder: TemporaryFolder, _ count: Int) async throws -> SQLiteStore {
        let store = try await openStore(in: folder)
        for number in 1...count {
            try await store.put(sampleCredential("token-p\(number)"), for: "p\(number)")
            try await store.put(
                ClientSecrets(clientSecret: Secret(utf8: "secret-\(number)")), for: "p\(number)")
        }
        return store
    }

    private func expectWhole(_ store: SQLiteStore, _ count: Int) async throws {
        for number in 1...count {
            let held = try await store.credential(of: "p\(number)")?.value
            try #require(
                held?.accessToken?.dangerouslyRevealedText() == "token-p\(number)")
            let secrets = try await store.secrets(of: "p\(number)")
            try #require(
                secrets?.clientSecret?.dangerouslyRevealedText() == "secret-\(number)")
        }
    }

    private func finish(_ store: SQLiteStore) async throws -> ResealProgress {
        while true {
            let progress = try await store.resealSome()
            if progress.isFinished { return progress }
        }
    }
}

/// A root secret that can become another one.
private struct ChangingKey: Keyholder {
    let seed: Locked<String>

    init(_ seed: String) { self.seed = Locked(seed) }

    func secret(
        for pinned: PinnedSource, storeID: [UInt8], fits: (Secret) -> Bool
    ) throws(StoreError) -> Secret {
        let secret = testKey(seed.withLock { $0 })
        guard fits(secret) else { throw .keyWrong }
        return secret
    }

    func newSecret() throws(StoreError) -> RootSecret {
        RootSecret(testKey(seed.withLock { $0 }), PinnedSource(.file))
    }
}
