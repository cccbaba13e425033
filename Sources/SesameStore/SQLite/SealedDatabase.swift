import SesameCrypto
import SesameSecrets
import SesameSystem

/// The open store as one thread sees it: rows, keys and transactions.
///
/// ``SQLiteStore`` is its actor.
final class SealedDatabase {
    private let database: Database
    private let root: Secret
    let random: any RandomSource
    private(set) var header: StoreHeader
    private var dataKeys: [Int64: DataKey]
    private var isInTransaction = false

    private let selectProfile: Statement
    private let selectProfiles: Statement
    private let selectWithRecord: Statement
    private let selectRecord: Statement
    private let saveProfile: Statement
    private let saveRecord: Statement
    private let deleteRecord: Statement

    /// Opens the store; makes it where there is none.
    init(path: String, root: Secret, random: any RandomSource, now: Timestamp) throws(StoreError) {
        let file = try StoreFile(path)
        if try !file.exists() {
            try file.create(random: random) { database throws(StoreError) in
                try initialise(database, root: root, random: random, now: now)
            }
        }
        let database = try Database.open(file.path)
        try Schema.check(database)
        try Schema.configure(database)
        (header, dataKeys) = try unlock(database, root: root)
        let row = "generation, version, records, fence, owner, process, deadline, tag"
        selectProfile = try database.prepare("SELECT \(row) FROM profile WHERE name = ?1")
        selectProfiles = try database.prepare("SELECT name, \(row) FROM profile ORDER BY name")
        selectWithRecord = try database.prepare(
            """
            SELECT p.generation, version, records, fence, owner, process, deadline, tag, \
            r.generation, revision, sealed FROM profile AS p LEFT JOIN record AS r \
            ON r.profile = p.name AND r.kind = ?2 WHERE p.name = ?1
            """)
        selectRecord = try database.prepare(
            "SELECT generation, revision, sealed FROM record WHERE profile = ?1 AND kind = ?2")
        saveProfile = try database.prepare(
            "INSERT OR REPLACE INTO profile VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
        saveRecord = try database.prepare(
            "INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3, ?4, ?5)")
        deleteRecord = try database.prepare("DELETE FROM record WHERE profile = ?1 AND kind = ?2")
        self.database = database
        self.root = root
        self.random = random
    }
}

// Reading.
extension SealedDatabase {
    /// The row of a profile.
    func profile(_ name: String) throws(StoreError) -> ProfileRow? {
        guard let columns = try find(name, selectProfile, [.text(name)]) else { return nil }
        return try row(name, columns)
    }

    /// A record of a profile.
    func read<Contents: RecordContents>(
        _: Contents.Type, of name: String
    ) throws(StoreError) -> Stored<Contents>? {
        let kind = Contents.kind
        let place: [SQLValue] = [.text(name), .text(kind.rawValue)]
        guard let columns = try find(name, selectWithRecord, place) else { return nil }
        guard let revision = try row(name, Array(columns[..<8]))[kind] else { return nil }
        guard let plaintext = try open(Array(columns[8...]), name, kind, expected: revision),
            let contents = Contents(decoding: plaintext)
        else { throw .damaged("the \(kind.rawValue) record of \(name.sanitised()) is damaged") }
        return Stored(value: contents, revision: Revision(number: revision))
    }

    /// The names of all profiles that hold a record, damaged ones included.
    func profiles() throws(StoreError) -> [String] {
        try transaction("BEGIN") { () throws(StoreError) in
            let rows = try selectProfiles.run()
            try compareWithRoll(rows)
            var names: [String] = []
            for columns in rows {
                guard case .text(let name) = columns[0] else { continue }
                let row = try? row(name, Array(columns[1...]))
                if row?.isEmpty != true { names.append(name) }
            }
            return names
        }
    }

    /// Looks for a row.
    ///
    /// That there is none is believed only when the roll says so too.
    private func find(
        _ name: String, _ select: borrowing Statement, _ values: [SQLValue]
    ) throws(StoreError) -> [SQLValue]? {
        if let columns = try select.run(values).first { return columns }
        return try transaction("BEGIN") { () throws(StoreError) in
            if let columns = try select.run(values).first { return columns }
            let rows = try selectProfiles.run()
            try compareWithRoll(rows)
            guard !rows.contains(where: { $0[0] == .text(name) }) else {
                throw .damaged("the row of \(name.sanitised()) cannot be found")
            }
            return nil
        }
    }

    private func row(_ name: String, _ columns: [SQLValue]) throws(StoreError) -> ProfileRow {
        guard case .integer(let generation)? = columns.first, let key = try dataKey(generation),
            let row = ProfileRow(name: name, columns: columns, storeID: header.id, key: key)
        else { throw .damaged("the row of \(name.sanitised()) is damaged") }
        return row
    }

    /// Opens `generation, revision, sealed`.
    private func open(
        _ columns: [SQLValue], _ profile: String, _ kind: RecordKind, expected: Int64? = nil
    ) throws(StoreError) -> Secret? {
        guard columns.count == 3, case .integer(let generation) = columns[0],
            case .integer(let revision) = columns[1], case .blob(let sealed) = columns[2],
            revision == expected ?? revision, let key = try dataKey(generation)
        else { return nil }
        let place = RecordPlace(
            storeID: header.id, profile: profile, kind: kind, revision: revision)
        return SealedRecord.open(sealed, at: place, key: key)
    }

    private func compareWithRoll(_ rows: [[SQLValue]]) throws(StoreError) {
        let (roll, key) = try roll()
        var versions: [(name: String, version: Int64)] = []
        for columns in rows {
            if case .text(let name) = columns[0], case .integer(let version) = columns[2] {
                versions.append((name, version))
            }
        }
        guard versions.count == rows.count, roll.lists(versions, key: key) else {
            throw .damaged("profiles are missing from the store, or come from an older copy of it")
        }
    }

    private func roll() throws(StoreError) -> (Roll, DataKey) {
        let columns =
            try selectRecord.run([.text(""), .text(RecordKind.roll.rawValue)]).first ?? []
        guard let contents = try open(columns, "", .roll),
            case .integer(let generation) = columns[0],
            case .integer(let counter) = columns[1], let roll = Roll(contents, counter: counter),
            let key = try dataKey(generation)
        else { throw .damaged("the list of all profiles is damaged") }
        return (roll, key)
    }

    /// The data key of a generation; looks again for one that another process has made since.
    private func dataKey(_ generation: Int64) throws(StoreError) -> DataKey? {
        if let key = dataKeys[generation] { return key }
        (header, dataKeys) = try unlock(database, root: root)
        return dataKeys[generation]
    }
}

// Writing.
extension SealedDatabase {
    /// A change that is being made: all of it becomes durable, or nothing.
    struct Change {
        fileprivate(set) var roll: Roll
        fileprivate let key: DataKey

        /// A fencing number.
        mutating func nextFence() throws(StoreError) -> Int64 { try roll.next() }
    }

    /// Makes a change; nobody else writes meanwhile.
    ///
    /// A body that saves nothing writes nothing.
    func change<Result>(
        _ body: (inout Change) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try transaction("BEGIN IMMEDIATE") { () throws(StoreError) in
            // New data is always sealed with the generation that the roll has.
            let (roll, key) = try roll()
            var change = Change(roll: roll, key: key)
            let result = try body(&change)
            if change.roll.isChanged {
                try seal(change.roll.contents, "", .roll, revision: change.roll.counter, key)
            }
            return result
        }
    }

    /// Empties SQLite's log into the file where that needs no waiting.
    func settle() { database.settle() }

    /// Seals a record into a profile; the row must be saved afterwards.
    func save<Contents: RecordContents>(
        _ contents: Contents, in row: inout ProfileRow, _ change: inout Change
    ) throws(StoreError) -> Revision {
        let revision = try change.roll.next()
        try seal(contents.encoded(), row.name, Contents.kind, revision: revision, change.key)
        row[Contents.kind] = revision
        return Revision(number: revision)
    }

    /// Removes a record from a profile; the row must be saved afterwards.
    func remove(_ kind: RecordKind, from row: inout ProfileRow) throws(StoreError) {
        try deleteRecord.run([.text(row.name), .text(kind.rawValue)])
        row[kind] = nil
    }

    /// Saves the row and enters it into the roll.
    func save(_ row: ProfileRow, _ change: inout Change) throws(StoreError) {
        var row = row
        let earlier = row.version
        row.version = try change.roll.next()
        try saveProfile.run([.text(row.name)] + row.columns(storeID: header.id, key: change.key))
        change.roll.enter(row.name, earlier: earlier, version: row.version, key: change.key)
    }

    private func seal(
        _ contents: Secret, _ profile: String, _ kind: RecordKind, revision: Int64, _ key: DataKey
    ) throws(StoreError) {
        let place = RecordPlace(
            storeID: header.id, profile: profile, kind: kind, revision: revision)
        let sealed = try SealedRecord.seal(contents, at: place, key: key, random: random)
        try saveRecord.run([
            .text(profile), .text(kind.rawValue), .integer(key.generation), .integer(revision),
            .blob(sealed),
        ])
    }

    private func transaction<Result>(
        _ begin: String, _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        if isInTransaction { return try body() }
        try database.execute(begin)
        isInTransaction = true
        defer { isInTransaction = false }
        do throws(StoreError) {
            let result = try body()
            try database.execute("COMMIT")
            return result
        } catch {
            // SQLite has rolled back by itself after some errors; then this one says nothing new.
            _ = try? database.execute("ROLLBACK")
            throw error
        }
    }
}
