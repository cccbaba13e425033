import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

/// Bytes that no Sesame writes: damage, and no way to keep a process busy or to fill its memory.
@Suite struct `A store with bytes that nobody wrote` {
    @Test(arguments: [
        "INSERT INTO profile SELECT CAST(x'ff' AS TEXT), successor, generation, version, records, NULL, NULL, NULL, NULL, tag FROM profile WHERE name = 'm'",
        "UPDATE profile SET successor = CAST(x'c3' AS TEXT) WHERE name = 'm'",
        "INSERT INTO record VALUES ('m', CAST(x'ff' AS TEXT), 1, 9, zeroblob(200))",
    ])
    func `where a text should be is damaged, and a re-sealing ends`(sql: String) async throws {
        let folder = TemporaryFolder()
        let store = try await filled(folder)
        try await store.beginResealing()
        try Database.open(folder.file("store.db")).execute(sql)
        var steps = 0
        let end = await code {
            while try await !store.resealSome().isFinished {
                steps += 1
                try #require(steps < 10)
            }
        }
        #expect(end == nil || end == .damaged)
        #expect(steps < 10)
        #expect(try await store.credential(of: "a") != nil, "others are whole")
    }

    @Test(arguments: ["record", "data_key"])
    func `without end is damaged, and not read`(table: String) async throws {
        let folder = TemporaryFolder()
        _ = try await filled(folder)
        try Database.open(folder.file("store.db")).execute(
            "UPDATE \(table) SET sealed = zeroblob(16000000)")
        let database = try Database.open(folder.file("store.db"))
        let read = await code { _ = try database.execute("SELECT zeroblob(17000000)") }
        #expect(read == .damaged, "17 MB are more than is ever read")
        #expect(
            await code {
                _ = try await openStore(in: folder).credential(of: "a")
            } == .damaged)
    }

    @Test func `has too many keys to be read`() async throws {
        let folder = TemporaryFolder()
        _ = try await filled(folder)
        try Database.open(folder.file("store.db")).execute(
            """
            WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
            INSERT INTO data_key SELECT i, 1, zeroblob(60) FROM n
            """)
        #expect(await code { _ = try await openStore(in: folder) } == .damaged)
    }

    private func filled(_ folder: TemporaryFolder) async throws -> SQLiteStore {
        let store = try await openStore(in: folder)
        for name in ["a", "m"] { try await store.put(sampleCredential(name), for: name) }
        return store
    }
}
