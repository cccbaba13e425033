import SesameCrypto
import SesameSecrets
import SesameSystem

/// Stores of format 1, which had no chain of rows.
enum FormatOne {
    static let version: Int64 = 1

    static let tables = Schema.tables.map { table in
        table.hasPrefix("CREATE TABLE profile") ? profileTable : table
    }

    private static let profileTable =
        """
        CREATE TABLE profile (name TEXT PRIMARY KEY NOT NULL, generation INTEGER NOT NULL, \
        version INTEGER NOT NULL, records TEXT NOT NULL, fence INTEGER, owner BLOB, process TEXT, \
        deadline INTEGER, tag BLOB NOT NULL) STRICT, WITHOUT ROWID
        """

    /// Brings a store up to date in one transaction: another process sees the old store or the new one.
    ///
    /// Records stay as they are. Damage is carried over as damage: a row that is not authentic gets no
    /// new tag, and the roll's sum is continued, never made anew.
    /// - Throws: ``StoreError/Code/busy`` while an older Sesame renews a login: it could not store what
    ///   it gets.
    static func upgrade(
        _ database: borrowing Database, _ unlocked: Unlocked, random: any RandomSource,
        now: Timestamp
    ) throws(StoreError) {
        try database.execute("BEGIN IMMEDIATE")
        do throws(StoreError) {
            // Another process may have been faster.
            if try database.execute("PRAGMA user_version") == [[.integer(version)]] {
                try rewrite(database, unlocked, random, now)
                try database.execute("PRAGMA user_version = \(StoreFormat.version)")
            }
            try database.execute("COMMIT")
        } catch {
            _ = try? database.execute("ROLLBACK")
            throw error
        }
        database.settle()
    }

    private static func rewrite(
        _ database: borrowing Database, _ unlocked: Unlocked, _ random: any RandomSource,
        _ now: Timestamp
    ) throws(StoreError) {
        try database.execute("CREATE TEMP TABLE old AS SELECT * FROM profile")
        try database.execute("DROP TABLE profile")
        try database.execute(
            Schema.tables.first { $0.hasPrefix("CREATE TABLE profile") } ?? profileTable)
        let statements = try Statements(database)
        var (roll, key) = try roll(statements, unlocked)
        var head = ProfileRow(name: ProfileRow.head)
        head.version = try roll.next()
        roll.enter(head.name, earlier: 0, version: head.version, key: key)
        // Backwards, for each row names the one behind it.
        var successor = ""
        try database.prepare("SELECT * FROM temp.old ORDER BY name DESC").forEach {
            old throws(StoreError) in
            // A row that nobody could ask for; the roll tells that one is missing.
            guard case .text(let name) = old[0] else { return }
            let (columns, ticket) = columns(old, name, successor: successor, unlocked)
            guard ticket?.isOverdue(at: now, for: .current) ?? true else { throw .isRenewing(name) }
            try statements.saveRow.run([.text(name)] + columns)
            successor = name
        }
        head.successor = successor
        let id = unlocked.header.id
        try statements.saveRow.run([.text(head.name)] + head.columns(storeID: id, key: key))
        try save(roll, statements, key, id, random)
        try database.execute("DROP TABLE temp.old")
    }

    /// The columns of the new row, with a tag that is right only where the old one was, and the ticket
    /// of an authentic row.
    private static func columns(
        _ old: [SQLValue], _ name: String, successor: String, _ unlocked: Unlocked
    ) -> (columns: [SQLValue], ticket: OpenTicket?) {
        var columns = [.text(successor)] + Array(old[1...])
        // What is no text cannot be carried over; the tag fits no row then.
        if case .blob = columns[3] { columns[3] = .text("") }
        if case .blob = columns[6] { columns[6] = .null }
        let id = unlocked.header.id
        guard case .integer(let generation) = old[1], let key = unlocked.dataKeys[generation],
            let row = ProfileRow(name: name, unverified: columns), case .blob(let stored) = old[8],
            tag(of: row, storeID: id, key: key).withBytes({ constantTimeEqual($0, stored.span) })
        else { return (columns, nil) }
        return (row.columns(storeID: id, key: key), row.ticket)
    }

    /// The tag that a row had in format 1.
    static func tag(of row: ProfileRow, storeID: [UInt8], key: DataKey) -> Secret {
        var data = AssociatedData("store/profile")
        data.append(storeID)
        data.append(row.name)
        data.append(key.generation)
        data.append(row.version)
        data.append(row.recordsText)
        data.append(row.ticket == nil ? 0 : 1)
        if let ticket = row.ticket {
            data.append(ticket.fence)
            data.append(ticket.owner)
            data.append(ticket.process)
            data.append(ticket.deadline.seconds)
        }
        return HMAC.sha256(data.bytes.span, key: key.row)
    }

    private static func roll(
        _ statements: Statements, _ unlocked: Unlocked
    ) throws(StoreError) -> (Roll, DataKey) {
        let kind = RecordKind.roll.rawValue
        let columns =
            try statements.selectRecord.run([.text(ProfileRow.head), .text(kind)]).first ?? []
        guard columns.count == 3, case .integer(let generation) = columns[0],
            case .integer(let counter) = columns[1], case .blob(let sealed) = columns[2],
            let key = unlocked.dataKeys[generation],
            let contents = SealedRecord.open(
                sealed,
                at: RecordPlace(
                    storeID: unlocked.header.id, profile: ProfileRow.head, kind: kind,
                    revision: counter), key: key),
            let roll = Roll(contents, counter: counter)
        else { throw .damaged("the list of all profiles is damaged") }
        return (roll, key)
    }

    private static func save(
        _ roll: Roll, _ statements: Statements, _ key: DataKey, _ storeID: [UInt8],
        _ random: any RandomSource
    ) throws(StoreError) {
        let kind = RecordKind.roll.rawValue
        let place = RecordPlace(
            storeID: storeID, profile: ProfileRow.head, kind: kind, revision: roll.counter)
        try statements.saveRecord.run([
            .text(ProfileRow.head), .text(kind), .integer(key.generation), .integer(roll.counter),
            .blob(try SealedRecord.seal(roll.contents, at: place, key: key, random: random)),
        ])
    }
}

extension StoreError {
    fileprivate static func isRenewing(_ profile: String) -> StoreError {
        StoreError(
            .busy,
            "an older Sesame is renewing the login of \(profile.sanitised(limit: 64)), and could not"
                + " store what it gets in the new format; try again in a minute")
    }
}
