import CSQLite
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

    /// One profile is hurt; the others, and every way out, are not.
    @Test(arguments: ["records", "successor"])
    func `in one row is damage to that profile alone`(column: String) async throws {
        let folder = TemporaryFolder()
        let store = try await filled(folder)
        try Database.open(folder.file("store.db")).execute(
            "UPDATE profile SET \(column) = CAST(x'e3' || \(column) AS TEXT) WHERE name = 'm'")
        #expect(await code { _ = try await store.credential(of: "m") } == .damaged)
        var names: [String] = []
        let rest = try await store.export { names.append($0.name) }
        #expect(names == ["a", "m"] && rest.damaged == ["m"] && rest.isComplete)
        try await store.forget("m")
        try await store.put(sampleCredential("again"), for: "m")
        #expect(try await openStore(in: folder).profiles() == ["a", "m"])
    }

    /// SQLite's own limit: what is larger is never taken into memory.
    @Test func `without end is damaged, and not read`() async throws {
        let folder = TemporaryFolder()
        let store = try await filled(folder)
        let path = folder.file("store.db")
        try withoutLimits(
            path, "UPDATE record SET sealed = zeroblob(17000000) WHERE profile = 'a'")
        let read = await code {
            _ = try Database.open(path).execute("SELECT sealed FROM record WHERE profile = 'a'")
        }
        #expect(read == .damaged)
        #expect(await code { _ = try await store.credential(of: "a") } == .damaged)
        #expect(try await store.credential(of: "m") != nil)
    }

    @Test func `has too many keys to be read, or keys that are none`() async throws {
        let folder = TemporaryFolder()
        let store = try await filled(folder)
        let path = folder.file("store.db")
        try Database.open(path).execute("INSERT INTO data_key VALUES (7, 1, zeroblob(15000000))")
        #expect(try WrappedDataKey.all(in: Database.open(path)).map(\.generation) == [1])
        // Full of keys that open nothing: they go, and do not keep a new one out.
        try addKeys(2...1023, path)
        try await store.beginResealing()
        while try await !store.resealSome().isFinished {}
        #expect(try await store.description().generations.count == 1)
        let rows = try Database.open(path).execute("SELECT count(*) FROM data_key")
        #expect(rows == [[.integer(1)]])
        try addKeys(2000...5000, path)
        #expect(await code { _ = try await openStore(in: folder) } == .damaged)
    }

    private func addKeys(_ numbers: ClosedRange<Int>, _ path: String) throws {
        try Database.open(path).execute(
            """
            WITH RECURSIVE n(i) AS (SELECT \(numbers.lowerBound) UNION ALL \
            SELECT i + 1 FROM n WHERE i < \(numbers.upperBound))
            INSERT OR IGNORE INTO data_key SELECT i, 1, zeroblob(60) FROM n
            """)
    }

    /// As any other program opens it.
    private func withoutLimits(_ path: String, _ sql: String) throws {
        var handle: OpaquePointer?
        try #require(unsafe sqlite3_open(path, &handle) == SQLITE_OK)
        defer { unsafe sqlite3_close(handle) }
        try #require(unsafe sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK)
    }

    private func filled(_ folder: TemporaryFolder) async throws -> SQLiteStore {
        let store = try await openStore(in: folder)
        for name in ["a", "m"] { try await store.put(sampleCredential(name), for: name) }
        return store
    }
}
