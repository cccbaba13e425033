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
    /// Run with another connection, as an enemy or a bad disk would change the file.
    var change: String?
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
            name: "header-changed", title: "a bit of the key check value is changed",
            change: "UPDATE store SET key_check = \(flipped("key_check", at: 0))",
            expectations: [("open", "damaged")]),
        StoreVectorPlan(
            name: "source-hostile",
            title: "a derivation that would take 64 GiB, in a header whose digest is right",
            change: "UPDATE store SET source = '\(hostileSource)', digest = DIGEST",
            expectations: [("open", "damaged")]),
        StoreVectorPlan(
            name: "data-key-changed", title: "a bit of the wrapped data key is changed",
            change: "UPDATE data_key SET sealed = \(flipped("sealed", at: 20))",
            expectations: [("open", "damaged")]),
        StoreVectorPlan(
            name: "data-key-redated", title: "the time of a data key is changed",
            change: "UPDATE data_key SET created = created + 1",
            expectations: [("open", "damaged")]),
        StoreVectorPlan(
            name: "record-changed", title: "a bit of a record's ciphertext is changed",
            change: "UPDATE record SET sealed = \(flipped("sealed", at: 80)) WHERE \(credential)",
            expectations: [("alice credential", "damaged")]),
        StoreVectorPlan(
            name: "commitment-changed", title: "a bit of a record's commitment is changed",
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
            ]),
        StoreVectorPlan(
            name: "row-missing", title: "the row of a profile is gone",
            change: "DELETE FROM profile WHERE name = 'alice'",
            expectations: [
                ("list", "damaged"), ("alice credential", "damaged"),
                ("alice secrets", "damaged"), ("alice outcome", "damaged"),
                ("alice ticket", "damaged"),
            ]),
        StoreVectorPlan(
            name: "roll-changed",
            title: "a bit of the roll is changed: profiles are read, not listed",
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

    private static let hostileSource =
        "passphrase scrypt 26 8 1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

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
        if let change {
            let header = try StoreHeader(of: database)
            let hostile = StoreHeader(
                id: header.id, source: Self.hostileSource, check: header.check)
            let digest = SQLValue.blob(hostile.digest).literal
            let words = change.split(separator: " ").map { $0 == "DIGEST" ? digest : String($0) }
            try database.execute(words.joined(separator: " "))
        }
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

    private func fill(_ store: SQLiteStore) async throws {
        let revision = try await store.put(sampleCredential("access-1"), for: "alice")
        try await store.put(
            ClientSecrets(clientSecret: Secret(utf8: "secret of alice")), for: "alice")
        try await store.put(
            ClientSecrets(username: Secret(utf8: "bob"), password: Secret(utf8: "secret of bob")),
            for: "bob")
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
        let bob = ClientSecrets(
            username: Secret(utf8: "bob"), password: Secret(utf8: "secret of bob"))
        return [
            ("open", "ok"), ("list", "alice bob"),
            ("alice credential", try StoreVector.text(sampleCredential("access-1"))),
            ("alice secrets", try StoreVector.text(secrets)),
            (
                "alice outcome",
                try StoreVector.text(Outcome(at: now, code: "temporary", message: "status 503"))
            ),
            ("alice ticket", "\(later.seconds)"), ("bob secrets", try StoreVector.text(bob)),
            ("carol credential", "none"),
        ]
    }
}
