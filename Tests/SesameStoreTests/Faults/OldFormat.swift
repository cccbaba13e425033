import SesameCrypto
import SesameSecrets
import Testing

@testable import SesameStore

extension FormatOne {
    /// Makes a store of today's format one of format 1, as version 0.1.0 would have written it.
    static func downgrade(_ path: String, root: Secret) throws {
        let database = try Database.open(path)
        let unlocked = try Unlocked(database, HeldKey(root))
        let key = try #require(unlocked.dataKeys[1])
        let id = unlocked.header.id
        let statements = try Statements(database)
        var rows: [ProfileRow] = []
        try statements.selectRows.forEach { columns throws(StoreError) in
            guard case .text(let name) = columns[0],
                let row = ProfileRow(
                    name: name, columns: Array(columns[1...]), storeID: id, key: key)
            else { throw .damaged("the row") }
            rows.append(row)
        }
        let place: [SQLValue] = [.text(""), .text(RecordKind.roll.rawValue)]
        let stored = try #require(try statements.selectRecord.run(place).first)
        guard case .integer(let counter) = stored[1], case .blob(let sealed) = stored[2] else {
            throw StoreError.damaged("the roll")
        }
        let roll = RecordPlace(
            storeID: id, profile: "", kind: RecordKind.roll.rawValue, revision: counter)
        let contents = try #require(SealedRecord.open(sealed, at: roll, key: key))
        var sum = try #require(Roll(contents, counter: counter)).rows
        sum.remove(rows[0].name, rows[0].version, key)
        var older = Roll(counter: counter)
        older.replace(rows: sum)

        try database.execute("DROP TABLE profile")
        try database.execute(tables[1])
        for row in rows.dropFirst() {
            let tag = tag(of: row, storeID: id, key: key).dangerouslyRevealedBytes()
            let columns = row.columns(storeID: id, key: key)
            try database.prepare(
                "INSERT INTO profile VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
            ).run([.text(row.name)] + columns[1..<8] + [.blob(tag)])
        }
        try statements.saveRecord.run([
            .text(""), .text(RecordKind.roll.rawValue), .integer(1), .integer(counter),
            .blob(
                try SealedRecord.seal(older.contents, at: roll, key: key, random: SystemRandom())),
        ])
        try database.execute("PRAGMA user_version = 1")
        database.settle()
    }
}
