import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

@Suite struct `A store of format 1` {
    @Test func `is brought up to date once, and keeps all that it held`() async throws {
        let old = try OldStore()
        let store = try await old.open()
        let held = try #require(try await store.credential(of: "aivie"))
        #expect(held.revision.number == 3)
        #expect(held.value.refreshToken != nil && held.value.clientID.hasPrefix("2_practice"))
        #expect(try await store.profiles() == ["aivie", "basic", "zwei"])
        #expect(try old.version() == 2)
        let counter = try await store.description().counter
        #expect(try await old.open().description().counter == counter)
        try await store.put(sampleCredential(), for: "between")
        #expect(try await old.open().profiles() == ["aivie", "basic", "between", "zwei"])
    }

    @Test func `is brought up to date by one of many who open it at once`() async throws {
        let old = try OldStore()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                group.addTask {
                    try await old.open().put(sampleCredential(), for: "p\(index)")
                }
            }
            try await group.waitForAll()
        }
        let names = (0..<8).map { "p\($0)" }
        #expect(try await old.open().profiles() == ["aivie", "basic"] + names + ["zwei"])
    }

    @Test(arguments: [
        "UPDATE profile SET version = 5 WHERE name = 'aivie'",
        "UPDATE profile SET tag = zeroblob(32) WHERE name = 'aivie'",
        "UPDATE profile SET records = 'credential=3' WHERE name = 'aivie'",
        "UPDATE profile SET records = CAST(x'ff' AS TEXT) WHERE name = 'aivie'",
        "UPDATE profile SET fence = 1, owner = x'00', process = CAST(x'ff' AS TEXT), deadline = 1 WHERE name = 'aivie'",
    ])
    func `keeps damage as damage`(sql: String) async throws {
        let old = try OldStore(sql)
        let store = try await old.open()
        #expect(await code { _ = try await store.secrets(of: "aivie") } == .damaged)
        #expect(try await store.secrets(of: "basic") != nil)
        #expect(try await store.secrets(of: "zwei") != nil)
    }

    @Test func `with a name that is no text is one with a row too few`() async throws {
        let old = try OldStore("UPDATE profile SET name = CAST(x'ff' AS TEXT) WHERE name = 'basic'")
        let store = try await old.open()
        #expect(await code { _ = try await store.profiles() } == .damaged)
        #expect(try await store.secrets(of: "zwei") != nil)
    }

    @Test func `with a row too few stays one with a row too few`() async throws {
        let old = try OldStore("DELETE FROM profile WHERE name = 'basic'")
        let store = try await old.open()
        #expect(await code { _ = try await store.profiles() } == .damaged)
    }

    @Test(arguments: [
        ("UPDATE record SET revision = 9 WHERE kind = 'roll'", StoreError.Code.damaged),
        ("UPDATE store SET digest = zeroblob(32)", .damaged),
        ("UPDATE data_key SET sealed = zeroblob(60)", .damaged),
        ("CREATE TABLE other (a)", .damaged),
        // K-16: newer tables under an older number.
        ("ALTER TABLE profile ADD COLUMN successor TEXT", .damaged),
    ])
    func `that cannot be read is left as it is`(sql: String, expected: StoreError.Code) async throws
    {
        let old = try OldStore(sql)
        #expect(await code { _ = try await old.open() } == expected)
        #expect(try old.version() == 1)
    }

    /// A process of the older version could not store the answer that it waits for.
    @Test func `waits while a renewal of the older version is under way`() async throws {
        let folder = TemporaryFolder()
        let time = ManualTime(now: now)
        do {
            let store = try await openStore(in: folder)
            try await store.put(sampleCredential(), for: "m")
            let seen = try await store.credential(of: "m")?.revision
            _ = try await store.beginRenewal(of: "m", seen: seen, now: now, deadline: later)
        }
        try FormatOne.downgrade(folder.file("store.db"), root: testKey())
        let open = { () async throws -> SQLiteStore in
            try await SQLiteStore.open(
                path: folder.file("store.db"), keys: HeldKey(testKey()), random: SystemRandom(),
                time: time)
        }
        #expect(await code { _ = try await open() } == .busy)
        let version = try Database.open(folder.file("store.db")).execute("PRAGMA user_version")
        #expect(version == [[.integer(1)]])
        time.advance(seconds: 61)
        #expect(try await open().credential(of: "m") != nil)
    }

    @Test func `that is older than what is remembered is refused as it is`() async throws {
        let old = try OldStore()
        let anchor = MemoryAnchor()
        let id = try await #require(SQLiteStore.outline(of: old.folder.file("store.db"))).id
        anchor.write(HighWaterMark(storeID: id, counter: 1_000_000))
        #expect(await code { _ = try await old.open(anchor) } == .rolledBack)
        #expect(try old.version() == 1)
    }

    @Test func `is left as it is with a wrong key`() async throws {
        let old = try OldStore()
        #expect(await code { _ = try await openStore(in: old.folder, key: "x") } == .keyWrong)
        #expect(try old.version() == 1)
    }
}

/// The published store of format 1.
private struct OldStore: Sendable {
    let folder = TemporaryFolder()
    private let key: Secret

    init(_ change: String? = nil) throws {
        let path = "\(vectorFolder)/store-format-1.sql"
        let text = try PrivateFile.readShared(path, limit: 1 << 20).dangerouslyRevealedText()
        let vector = try StoreVector(text)
        key = vector.key
        try vector.write(to: folder.file("store.db"))
        if let change { try Database.open(folder.file("store.db")).execute(change) }
    }

    func open(_ anchor: MemoryAnchor? = nil) async throws -> SQLiteStore {
        try await openStore(in: folder, keys: HeldKey(key), anchor: anchor)
    }

    func version() throws -> Int64 {
        let database = try Database.open(folder.file("store.db"))
        guard case .integer(let version) = try database.execute("PRAGMA user_version")[0][0]
        else { return 0 }
        return version
    }
}
