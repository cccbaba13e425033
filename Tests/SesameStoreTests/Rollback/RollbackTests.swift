import Glibc
import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

/// K-4.
@Suite struct `A store that is an older copy of itself` {
    @Test func `is refused, with an anchor that remembers it`() async throws {
        let past = try await Past()
        #expect(await code { _ = try await past.open() } == .rolledBack)
        #expect(await code { _ = try await past.open() } == .rolledBack, "not only once")
    }

    @Test func `opens when a person accepts it, and never gives a number twice`() async throws {
        let past = try await Past()
        let store = try await past.open(acceptsRollback: true)
        let held = try #require(try await store.credential(of: "mautic"))
        #expect(held.value.accessToken?.dangerouslyRevealedText() == "old")
        let revision = try await store.put(sampleCredential("next"), for: "mautic")
        #expect(revision.number > past.newest.number)
        #expect(try await past.open().credential(of: "mautic")?.revision == revision)
    }

    @Test func `is no wrong key when it is from before the key was changed`() async throws {
        let past = try await Past(rewrapped: true)
        #expect(await code { _ = try await past.open() } == .keyWrong, "the newest store first")
        try past.putBack()
        let keys = HeldKey(testKey("new"))
        let result = await code {
            _ = try await openStore(in: past.folder, keys: keys, anchor: past.anchor)
        }
        #expect(result == .rolledBack)
    }

    /// What a person has accepted is one copy, and not every one that comes.
    @Test func `is refused again by a connection of the process that was told to accept one`()
        async throws
    {
        let past = try await Past()
        let store = try await past.open(acceptsRollback: true)
        try await store.put(sampleCredential("next"), for: "mautic")
        try past.putBack()
        #expect(await code { _ = try await store.sibling() } == .rolledBack)
    }

    @Test func `goes unnoticed without an anchor`() async throws {
        let past = try await Past()
        #expect(try await openStore(in: past.folder).credential(of: "mautic") != nil)
    }

    /// The file may be exchanged while a process has it open.
    @Test func `is refused by a process that has seen more`() async throws {
        let folder = TemporaryFolder()
        let store = try await openStore(in: folder)
        try await store.put(sampleCredential("old"), for: "mautic")
        let database = try Database.open(folder.file("store.db"))
        for table in ["profile", "record"] {
            try database.execute("CREATE TEMP TABLE old_\(table) AS SELECT * FROM \(table)")
        }
        try await store.put(sampleCredential("new"), for: "mautic")
        for table in ["profile", "record"] {
            try database.execute("INSERT OR REPLACE INTO \(table) SELECT * FROM old_\(table)")
        }
        #expect(await code { try await store.put(sampleCredential(), for: "x") } == .rolledBack)
    }

    @Test func `is no false alarm for many who write at once`() async throws {
        let folder = TemporaryFolder()
        let anchor = MemoryAnchor()
        _ = try await openStore(in: folder, anchor: anchor)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    for round in 0..<25 {
                        let store = try await openStore(in: folder, anchor: anchor)
                        try await store.put(sampleCredential("\(round)"), for: "p\(worker)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `is told from a store that is gone and one that is another`() async throws {
        let folder = TemporaryFolder()
        let anchor = MemoryAnchor()
        let told = Locked<[String]>([])
        let notice: @Sendable (String) -> Void = { text in told.withLock { $0.append(text) } }
        try await openStore(in: folder, anchor: anchor, notice: notice).put(
            sampleCredential(), for: "mautic")
        #expect(told.withLock { $0 } == [])
        for name in ["store.db", "store.db-wal", "store.db-shm"] {
            unsafe unlink(folder.file(name))
        }
        _ = try await openStore(in: folder, anchor: anchor, notice: notice)
        #expect(told.withLock { $0.count } == 1 && told.withLock { $0[0] }.contains("is gone"))
        _ = try await openStore(in: folder, anchor: anchor, notice: notice)
        #expect(told.withLock { $0.count } == 1, "told once")
        anchor.write(HighWaterMark(storeID: [UInt8](repeating: 7, count: 16), counter: 9))
        for _ in 1...2 { _ = try await openStore(in: folder, anchor: anchor, notice: notice) }
        #expect(told.withLock { $0.count } == 2 && told.withLock { $0[1] }.contains("another"))
    }
}

/// A store whose file was put back after one more change.
private struct Past {
    let folder = TemporaryFolder()
    let anchor = MemoryAnchor()
    let newest: Revision
    private let before: Secret

    /// - Parameter rewrapped: whether the key was changed since; then the file is still the newest.
    init(rewrapped: Bool = false) async throws {
        do {
            let store = try await openStore(in: folder, anchor: anchor)
            try await store.put(sampleCredential("old"), for: "mautic")
            before = try PrivateFile.read(folder.file("store.db"), limit: 1 << 24)
            newest = try await store.put(sampleCredential("new"), for: "mautic")
            if rewrapped {
                try await store.rewrap(with: RootSecret(testKey("new"), PinnedSource(.file)))
            }
        }
        if !rewrapped { try putBack() }
    }

    func putBack() throws {
        for name in ["store.db-wal", "store.db-shm"] { unsafe unlink(folder.file(name)) }
        try PrivateFile.replace(folder.file("store.db"), before)
    }

    func open(acceptsRollback: Bool = false) async throws -> SQLiteStore {
        try await openStore(in: folder, anchor: anchor, acceptsRollback: acceptsRollback)
    }
}

/// An anchor in the memory of the test.
final class MemoryAnchor: RollbackAnchor {
    private let mark = Locked<HighWaterMark?>(nil)

    func read() -> HighWaterMark? { mark.withLock { $0 } }

    func write(_ mark: HighWaterMark) { self.mark.withLock { $0 = mark } }

    var place: String { "memory" }
}
