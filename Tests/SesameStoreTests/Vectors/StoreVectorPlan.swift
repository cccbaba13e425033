import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

/// How a vector is made: a whole store, and one thing that is wrong with it.
struct StoreVectorPlan: Sendable, CustomTestStringConvertible {
    let name: String
    let title: String
    /// Whether bob's row and records are kept aside, and his secrets set once more.
    var keepsOld = false
    /// Run with another connection, as an enemy or a bad disk would change the file.
    var change: String?
    var secondChange: String?
    /// Sealed to a header with this source.
    var source: String?
    /// What differs from the whole store.
    var expectations: [(question: String, answer: String)] = []
    /// The key in the file, where it is not the store's.
    var key = rootBytes

    var testDescription: String { name }

    static let rootBytes = (0..<32).map { UInt8($0) }

    static let all: [StoreVectorPlan] = [
        StoreVectorPlan(name: "whole", title: "a whole store"),
        StoreVectorPlan(
            name: "wrong-key", title: "another root secret: nothing is damaged",
            expectations: [("open", "key_wrong")],
            key: [UInt8](repeating: 0xA5, count: 32)),
        StoreVectorPlan(
            name: "header-changed", title: "a byte of the key check value is changed",
            change: "UPDATE store SET key_check = \(flipped("key_check", at: 0))",
            expectations: [("open", "damaged")]),
        StoreVectorPlan(
            name: "source-weak", title: "a derivation that is too cheap; all else is right for it",
            source: "passphrase scrypt 10 8 1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            expectations: [("open", "damaged")]),
        StoreVectorPlan(
            name: "source-hostile", title: "a derivation that would take 64 GiB; all else is right",
            source: "passphrase scrypt 26 8 1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            expectations: [("open", "damaged")]),
        StoreVectorPlan(
            name: "profile-old", title: "a whole profile put back from an older copy",
            keepsOld: true, change: "INSERT OR REPLACE INTO record SELECT * FROM temp.old_record",
            secondChange: "INSERT OR REPLACE INTO profile SELECT * FROM temp.old_profile",
            expectations: [("list", "damaged")]),
        StoreVectorPlan(
            name: "record-old", title: "one record put back from an older copy", keepsOld: true,
            change: "INSERT OR REPLACE INTO record SELECT * FROM temp.old_record",
            expectations: [("bob secrets", "damaged")]),
        StoreVectorPlan(
            name: "ticket-halved", title: "a deadline without a ticket: the tag fits all the same",
            change: "UPDATE profile SET deadline = 5 WHERE name = 'bob'",
            expectations: [("bob secrets", "damaged"), ("carol credential", "damaged")]),
        StoreVectorPlan(
            name: "head-missing", title: "the head of the chain is gone",
            change: "DELETE FROM profile WHERE name = ''",
            expectations: [("list", "damaged"), ("aaron credential", "damaged")]),
        StoreVectorPlan(
            name: "index-added", title: "an index that does not belong there",
            change: "CREATE INDEX i ON record (revision)", expectations: [("open", "damaged")]),
        StoreVectorPlan(
            name: "other-application", title: "another application's file",
            change: "PRAGMA application_id = 1", expectations: [("open", "damaged")]),
        StoreVectorPlan(
            name: "data-key-changed", title: "a byte of the wrapped data key is changed",
            change: "UPDATE data_key SET sealed = \(flipped("sealed", at: 20))",
            expectations: [("open", "damaged")]),
        StoreVectorPlan(
            name: "data-key-redated", title: "the time of a data key is changed",
            change: "UPDATE data_key SET created = created + 1",
            expectations: [("open", "damaged")]),
        StoreVectorPlan(
            name: "record-changed", title: "a byte of a record's ciphertext is changed",
            change: "UPDATE record SET sealed = \(flipped("sealed", at: 80)) WHERE \(credential)",
            expectations: [("alice credential", "damaged")]),
        StoreVectorPlan(
            name: "commitment-changed", title: "a byte of a record's commitment is changed",
            change: "UPDATE record SET sealed = \(flipped("sealed", at: 40)) WHERE \(credential)",
            expectations: [("alice credential", "damaged")]),
        StoreVectorPlan(
            name: "record-cut", title: "a record is one byte short",
            change:
                "UPDATE record SET sealed = substr(sealed, 1, length(sealed) - 1) WHERE \(credential)",
            expectations: [("alice credential", "damaged")]),
        StoreVectorPlan(
            name: "record-missing", title: "a record that the row names is gone",
            change: "DELETE FROM record WHERE \(credential)",
            expectations: [("alice credential", "damaged")]),
        StoreVectorPlan(
            name: "record-moved", title: "the record of another profile, with its revision",
            change: """
                UPDATE record SET (revision, sealed) = (SELECT revision, sealed FROM record \
                WHERE profile = 'bob' AND kind = 'secrets') WHERE profile = 'alice' AND kind = 'secrets'
                """,
            expectations: [("alice secrets", "damaged")]),
        StoreVectorPlan(
            name: "row-changed", title: "the deadline of a ticket is changed",
            change: "UPDATE profile SET deadline = deadline + 1 WHERE name = 'alice'",
            expectations: [
                ("alice credential", "damaged"), ("alice secrets", "damaged"),
                ("alice outcome", "damaged"), ("alice ticket", "damaged"),
                ("amy credential", "damaged"),
            ]),
        StoreVectorPlan(
            name: "row-missing", title: "the row of a profile is gone",
            change: "DELETE FROM profile WHERE name = 'alice'",
            expectations: [
                ("list", "damaged"), ("alice credential", "damaged"),
                ("alice secrets", "damaged"), ("alice outcome", "damaged"),
                ("alice ticket", "damaged"),
                ("amy credential", "damaged"),
            ]),
        StoreVectorPlan(
            name: "roll-changed",
            title: "a byte of the roll is changed: profiles are read, not listed",
            change: "UPDATE record SET sealed = \(flipped("sealed", at: 80)) WHERE kind = 'roll'",
            expectations: [("list", "damaged")]),
        StoreVectorPlan(
            name: "table-added", title: "a table that does not belong there",
            change: "CREATE TABLE other (a)", expectations: [("open", "damaged")]),
        StoreVectorPlan(
            name: "newer-format", title: "a format that is not known yet",
            change: "PRAGMA user_version = 3", expectations: [("open", "newer_format")]),
    ]

    private static let credential = "profile = 'alice' AND kind = 'credential'"

    private static func flipped(_ column: String, at index: Int) -> String {
        // SQLite has no exclusive or for blobs: the byte is replaced by one that it is not.
        let byte = "substr(\(column), \(index + 1), 1)"
        return """
            CAST(substr(\(column), 1, \(index)) || (CASE hex(\(byte)) WHEN '00' THEN X'01' \
            ELSE X'00' END) || substr(\(column), \(index + 2)) AS BLOB)
            """
    }

    static let seed = "published vectors"
}

extension StoreVectorPlan {
    /// The text of the file: always the same, for nothing in it is left to chance.
    func text() async throws -> String {
        let folder = TemporaryFolder()
        let path = folder.file("store.db")
        let opening = SealedDatabase.Opening(
            path: path, keyholder: HeldKey(Secret(copying: Self.rootBytes)),
            random: SeededRandom(Self.seed), now: now)
        let store = try SQLiteStore(
            opening, time: ManualTime(now: now), process: ProcessIdentity(text: ""))
        try await fill(store)
        let database = try Database.open(path)
        if keepsOld {
            try database.execute(
                "CREATE TEMP TABLE old_record AS SELECT * FROM record WHERE profile = 'bob'")
            try database.execute(
                "CREATE TEMP TABLE old_profile AS SELECT * FROM profile WHERE name = 'bob'")
            try await store.put(Self.secretsOfBob, for: "bob")
        }
        for sql in [change, secondChange].compactMap(\.self) { try database.execute(sql) }
        if let source { try seal(database, to: source) }
        let whole = try await Self.questions(store)
        let key = Base64URL.encode(key.span)
        var lines = [
            "-- A Sesame store (docs/store-format.md): \(title).", "-- key: sesame-key-1 \(key)",
        ]
        let isOpen = !expectations.contains { $0.question == "open" }
        for (question, answer) in isOpen ? whole : expectations {
            let answer = expectations.first { $0.question == question }?.answer ?? answer
            lines.append("-- expect \(question) = \(answer)")
        }
        return lines.joined(separator: "\n") + "\n" + (try database.dump())
    }

    private static let secretsOfBob = ClientSecrets(
        username: Secret(utf8: "bob"), password: Secret(utf8: "secret of bob"))

    /// Makes the header name another source, and the data key fit it.
    private func seal(_ database: borrowing Database, to source: String) throws {
        let root = Secret(copying: Self.rootBytes)
        let unlocked = try Unlocked(database, HeldKey(root))
        let keys = RootKeys(root: root, storeID: unlocked.header.id)
        let header = StoreHeader(
            id: unlocked.header.id, source: source, check: unlocked.header.check)
        for wrapped in try WrappedDataKey.all(in: database) {
            guard let key = unlocked.dataKeys[wrapped.generation] else { continue }
            try WrappedDataKey(
                key.secret, generation: wrapped.generation, created: wrapped.created,
                header: header, keys: keys, nonce: SeededRandom(source).bytes(12)
            ).insert(into: database)
        }
        try header.insert(into: database)
    }

    private func fill(_ store: SQLiteStore) async throws {
        let revision = try await store.put(sampleCredential("access-1"), for: "alice")
        try await store.put(
            ClientSecrets(clientSecret: Secret(utf8: "secret of alice")), for: "alice")
        try await store.put(Self.secretsOfBob, for: "bob")
        let first = try await store.beginRenewal(
            of: "alice", seen: revision, now: now, deadline: later)
        if let ticket = granted(first) {
            try await store.abandonRenewal(
                ticket, outcome: Outcome(at: now, code: "temporary", message: "status 503"))
        }
        _ = try await store.beginRenewal(of: "alice", seen: revision, now: now, deadline: later)
    }

    /// What the whole store answers; the values are these, whatever has happened to the file.
    private static func questions(
        _ store: SQLiteStore
    ) async throws -> [(question: String, answer: String)] {
        let secrets = ClientSecrets(clientSecret: Secret(utf8: "secret of alice"))
        return [
            ("open", "ok"), ("list", "alice bob"),
            ("alice credential", try StoreVector.text(sampleCredential("access-1"))),
            ("alice secrets", try StoreVector.text(secrets)),
            (
                "alice outcome",
                try StoreVector.text(Outcome(at: now, code: "temporary", message: "status 503"))
            ),
            ("alice ticket", "\(later.seconds)"),
            ("bob secrets", try StoreVector.text(secretsOfBob)),
            ("aaron credential", "none"), ("amy credential", "none"), ("carol credential", "none"),
        ]
    }
}
