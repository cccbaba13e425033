import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

/// A store with two profiles in full, which an enemy then changes with plain SQL.
private struct Victim {
    let folder = TemporaryFolder()

    init() async throws {
        let store = try await openStore(in: folder)
        for name in ["alice", "bob"] {
            try await store.put(sampleCredential("access-of-\(name)"), for: name)
            try await store.put(
                ClientSecrets(clientSecret: Secret(utf8: "secret-\(name)")), for: name)
        }
        guard
            case .yours(let ticket, _) = try await store.beginRenewal(
                of: "alice", seen: try await store.credential(of: "alice")?.revision, now: now,
                deadline: later)
        else { return }
        try await store.abandonRenewal(
            ticket, outcome: Outcome(at: now, code: "temporary", message: "503"))
        _ = try await store.beginRenewal(
            of: "alice", seen: try await store.credential(of: "alice")?.revision, now: now,
            deadline: later)
    }

    /// The enemy's own connection.
    func enemy() throws -> Database { try Database.open(folder.file("store.db")) }

    func damage(_ sql: String) throws {
        let database = try enemy()
        try database.execute(sql)
    }

    func reading(_ name: String) async -> StoreError.Code? {
        await code {
            let store = try await openStore(in: folder)
            guard try await store.credential(of: name) != nil,
                try await store.secrets(of: name) != nil
            else { throw StoreError(.internal, "read as if it never was") }
            _ = try await store.outcome(of: name)
            _ = try await store.renewal(of: name)
        }
    }
}

@Suite struct `A store that somebody changed` {
    @Test(arguments: ["credential", "secrets", "outcome"])
    func `reports every changed byte of a sealed record`(kind: String) async throws {
        let victim = try await Victim()
        let place: [SQLValue] = [.text("alice"), .text(kind)]
        let database = try victim.enemy()
        let read = try database.prepare(
            "SELECT sealed FROM record WHERE profile = ?1 AND kind = ?2")
        guard case .blob(let sealed)? = try read.run(place).first?.first else {
            Issue.record("there is no such record")
            return
        }
        let write = try database.prepare(
            "UPDATE record SET sealed = ?3 WHERE profile = ?1 AND kind = ?2")
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1 << UInt8(index % 8)
            try write.run(place + [.blob(changed)])
            #expect(await victim.reading("alice") == .damaged, "byte \(index)")
        }
        for length in [0, 1, 75, 76, 91, sealed.count - 1] {
            try write.run(place + [.blob(Array(sealed.prefix(length)))])
            #expect(await victim.reading("alice") == .damaged, "length \(length)")
        }
        #expect(await victim.reading("bob") == nil)
        try write.run(place + [.blob(sealed)])
        #expect(await victim.reading("alice") == nil)
    }

    @Test(arguments: [
        "UPDATE record SET generation = 2 WHERE profile = 'alice' AND kind = 'credential'",
        "UPDATE record SET revision = revision + 1 WHERE profile = 'alice' AND kind = 'secrets'",
        "UPDATE record SET kind = 'kredential' WHERE profile = 'alice' AND kind = 'credential'",
        "UPDATE record SET profile = 'alicf' WHERE profile = 'alice' AND kind = 'credential'",
        "UPDATE profile SET generation = 2 WHERE name = 'alice'",
        "UPDATE profile SET version = version + 1 WHERE name = 'alice'",
        "UPDATE profile SET records = replace(records, 'credential', 'kredential') WHERE name = 'alice'",
        "UPDATE profile SET records = '' WHERE name = 'alice'",
        "UPDATE profile SET records = records || ' ' WHERE name = 'alice'",
        "UPDATE profile SET fence = fence + 1 WHERE name = 'alice'",
        "UPDATE profile SET owner = zeroblob(16) WHERE name = 'alice'",
        "UPDATE profile SET process = '' WHERE name = 'alice'",
        "UPDATE profile SET deadline = deadline - 1 WHERE name = 'alice'",
        "UPDATE profile SET fence = NULL, owner = NULL, process = NULL, deadline = NULL WHERE name = 'alice'",
        "UPDATE profile SET tag = zeroblob(32) WHERE name = 'alice'",
        "UPDATE profile SET tag = x'' WHERE name = 'alice'",
        "UPDATE profile SET name = 'alicf' WHERE name = 'alice'",
    ])
    func `reports every changed column and leaves the other profile alone`(sql: String) async throws
    {
        let victim = try await Victim()
        try victim.damage(sql)
        #expect(await victim.reading("alice") == .damaged)
        #expect(await victim.reading("bob") == nil)
        let login = await code {
            try await openStore(in: victim.folder).put(sampleCredential("again"), for: "bob")
        }
        #expect(login == nil)
    }

    @Test(arguments: [
        "DELETE FROM record WHERE profile = 'alice' AND kind = 'credential'",
        "DELETE FROM profile WHERE name = 'alice'",
        "DELETE FROM profile",
        "DELETE FROM record WHERE kind <> 'roll'",
    ])
    func `never reads removed rows as "nothing was there"`(sql: String) async throws {
        let victim = try await Victim()
        try victim.damage(sql)
        #expect(await victim.reading("alice") == .damaged)
        if sql.contains("FROM profile") {
            let listing = await code { _ = try await openStore(in: victim.folder).profiles() }
            #expect(listing == .damaged)
        }
    }

    @Test func `refuses records in each other's places`() async throws {
        for (first, second) in [
            ("'alice' AND kind = 'credential'", "'bob' AND kind = 'credential'"),
            ("'alice' AND kind = 'credential'", "'alice' AND kind = 'secrets'"),
        ] {
            let victim = try await Victim()
            try victim.damage(
                """
                UPDATE record SET (revision, sealed) = \
                (SELECT revision, sealed FROM record WHERE profile = \(second)) WHERE profile = \(first)
                """)
            #expect(await victim.reading("alice") == .damaged)
            #expect(await victim.reading("bob") == nil)
        }
    }

    @Test func `refuses a record of an earlier time`() async throws {
        let victim = try await Victim()
        let enemy = try victim.enemy()
        try enemy.execute("CREATE TEMP TABLE old AS SELECT * FROM record WHERE profile = 'bob'")
        try await openStore(in: victim.folder).put(sampleCredential("newer"), for: "bob")
        try enemy.execute(
            "INSERT OR REPLACE INTO record SELECT * FROM old WHERE kind = 'credential'")
        #expect(await victim.reading("bob") == .damaged)
    }

    @Test func `notices that a whole profile comes from an earlier time`() async throws {
        let victim = try await Victim()
        let enemy = try victim.enemy()
        try enemy.execute("CREATE TEMP TABLE records AS SELECT * FROM record WHERE profile = 'bob'")
        try enemy.execute("CREATE TEMP TABLE row AS SELECT * FROM profile WHERE name = 'bob'")
        try await openStore(in: victim.folder).put(sampleCredential("newer"), for: "bob")
        try enemy.execute("INSERT OR REPLACE INTO record SELECT * FROM records")
        try enemy.execute("INSERT OR REPLACE INTO profile SELECT * FROM row")
        let listing = await code { _ = try await openStore(in: victim.folder).profiles() }
        #expect(listing == .damaged)
    }

    @Test(arguments: [
        "UPDATE record SET sealed = zeroblob(200) WHERE kind = 'roll'",
        "UPDATE record SET revision = revision + 1 WHERE kind = 'roll'",
        "DELETE FROM record WHERE kind = 'roll'",
    ])
    func `without its roll still reads, and neither lists nor writes`(sql: String) async throws {
        let victim = try await Victim()
        try victim.damage(sql)
        #expect(await victim.reading("alice") == nil)
        let store = try await openStore(in: victim.folder)
        #expect(await code { try await store.put(sampleCredential(), for: "bob") } == .damaged)
        #expect(try await store.credential(of: "carol") == nil, "the chain of rows tells")
        #expect(await code { _ = try await store.profiles() } == .damaged)
    }

    @Test(arguments: [
        "UPDATE store SET id = zeroblob(16)", "UPDATE store SET source = 'filf'",
        "UPDATE store SET key_check = zeroblob(32)", "UPDATE store SET digest = zeroblob(32)",
        "DELETE FROM store", "UPDATE data_key SET sealed = zeroblob(60)",
        "UPDATE data_key SET generation = 2", "UPDATE data_key SET created = created + 1",
        "DELETE FROM data_key", "PRAGMA application_id = 1", "PRAGMA user_version = 0",
        "CREATE TRIGGER t AFTER UPDATE ON profile BEGIN DELETE FROM record; END",
        "CREATE INDEX i ON record (revision)",
    ])
    func `is damaged, not locked, when its header is hurt`(sql: String) async throws {
        let victim = try await Victim()
        try victim.damage(sql)
        #expect(await victim.reading("alice") == .damaged)
    }
}
