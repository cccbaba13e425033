import SesameSecrets

extension SealedDatabase {
    /// The row of a profile.
    func profile(_ name: String) throws(StoreError) -> ProfileRow? {
        guard let columns = try find(name, statements.selectRow, [.text(name)]) else { return nil }
        return try row(name, columns)
    }

    /// A record of a profile.
    func read<Contents: RecordContents>(
        _: Contents.Type, of name: String
    ) throws(StoreError) -> Stored<Contents>? {
        let kind = Contents.kind
        let place: [SQLValue] = [.text(name), .text(kind.rawValue)]
        guard let columns = try find(name, statements.selectRowAndRecord, place) else { return nil }
        let row = try row(name, Array(columns[..<ProfileRow.columnCount]))
        guard let revision = row[kind] else { return nil }
        let record = Array(columns[ProfileRow.columnCount...])
        return Stored(
            value: try contents(record, of: name, revision), revision: Revision(number: revision))
    }

    /// A record of a profile whose row was read before.
    func contents<Contents: RecordContents>(
        _: Contents.Type, of row: ProfileRow
    ) throws(StoreError) -> Contents? {
        let kind = Contents.kind
        guard let revision = row[kind] else { return nil }
        let place: [SQLValue] = [.text(row.name), .text(kind.rawValue)]
        let record = try statements.selectRecord.run(place).first ?? []
        return try contents(record, of: row.name, revision)
    }

    private func contents<Contents: RecordContents>(
        _ record: [SQLValue], of name: String, _ revision: Int64
    ) throws(StoreError) -> Contents {
        let kind = Contents.kind.rawValue
        guard let plaintext = try open(record, name, kind, expected: revision),
            let contents = Contents(decoding: plaintext)
        else { throw .damaged("the \(kind) record", of: name) }
        return contents
    }

    /// A record that is about to be replaced: a damaged one counts as none.
    func contentsToReplace<Contents: RecordContents>(
        _: Contents.Type, of row: ProfileRow
    ) throws(StoreError) -> Contents? {
        do throws(StoreError) {
            return try contents(Contents.self, of: row)
        } catch {
            guard error.code == .damaged else { throw error }
            return nil
        }
    }

    /// The row of a profile that somebody sets up, logs in to, logs out of or restores: a damaged one is
    /// replaced by one in its place that holds the records which are authentic by themselves.
    ///
    /// Its version is taken from the damaged row. Where that was changed too, the roll tells at the next
    /// listing.
    func profileToReplace(_ name: String) throws(StoreError) -> ProfileRow? {
        do throws(StoreError) {
            return try profile(name)
        } catch {
            guard error.code == .damaged,
                let columns = try statements.selectRow.run([.text(name)]).first,
                case .integer(let version) = columns[2]
            else { throw error }
            let following = try database.prepare(
                "SELECT name FROM profile WHERE name > ?1 ORDER BY name LIMIT 1"
            ).run([.text(name)])
            var row = ProfileRow(name: name)
            row.isDamaged = true
            // 0 stands for a new row.
            row.version = version == 0 ? -1 : version
            switch following.first?.first {
            case nil: break
            case .text(let successor)?: row.successor = successor
            default: throw .damaged("the table of profiles is damaged")
            }
            let kinds = try database.prepare("SELECT kind FROM record WHERE profile = ?1").run(
                [.text(name)])
            for case .text(let kind)? in kinds.map(\.first) {
                row.setRevision(try soundRevision(of: kind, name), ofKind: kind)
            }
            return row
        }
    }

    /// The revision of a record that is authentic by itself, although nothing says that it is the newest.
    private func soundRevision(of kind: String, _ name: String) throws(StoreError) -> Int64? {
        guard let record = try statements.selectRecord.run([.text(name), .text(kind)]).first,
            try open(record, name, kind) != nil, case .integer(let revision) = record[1]
        else { return nil }
        return revision
    }

    /// The names of all profiles that hold a record, damaged ones included.
    func profiles() throws(StoreError) -> [String] {
        var names: [String] = []
        try forEachRow { name, columns throws(StoreError) in
            let row = try? row(name, columns)
            if row?.isEmpty != true { names.append(name) }
        }
        return names
    }

    /// Hands over the rows of all profiles, sorted by the bytes of their names.
    ///
    /// What was handed over counts only when this returns: at the end the rows are compared with the
    /// roll.
    func forEachRow(
        _ body: (_ name: String, _ columns: [SQLValue]) throws(StoreError) -> Void
    ) throws(StoreError) {
        if let damage = try visitRows(body) { throw damage }
    }

    /// Hands over the rows that can be read, whether they are all or not.
    /// - Returns: what is wrong with the table as a whole; `nil` where the rows agree with the roll.
    func visitRows(
        _ body: (_ name: String, _ columns: [SQLValue]) throws(StoreError) -> Void
    ) throws(StoreError) -> StoreError? {
        try transaction("BEGIN") { () throws(StoreError) in
            let sealed: (roll: Roll, key: DataKey)?
            var damage: StoreError?
            do throws(StoreError) { sealed = try roll() } catch {
                guard error.code == .damaged else { throw error }
                (sealed, damage) = (nil, error)
            }
            var rows = RowSum()
            try statements.selectRows.forEach { columns throws(StoreError) in
                guard case .text(let name) = columns[0], case .integer(let version) = columns[3]
                else {
                    damage = .damaged("the table of profiles is damaged")
                    return
                }
                if let key = sealed?.key { rows.add(name, version, key) }
                if name != ProfileRow.head { try body(name, Array(columns[1...])) }
            }
            if let damage { return damage }
            if let roll = sealed?.roll, rows.equals(roll.rows) { return nil }
            return .damaged(
                "profiles are missing from the store, or come from an older copy of it")
        }
    }

    /// Reads the columns behind the name.
    func row(_ name: String, _ columns: [SQLValue]) throws(StoreError) -> ProfileRow {
        guard columns.count == ProfileRow.columnCount, case .integer(let generation) = columns[1],
            let key = try dataKey(generation),
            let row = ProfileRow(name: name, columns: columns, storeID: header.id, key: key)
        else { throw .damaged("the row", of: name) }
        return row
    }

    /// The row that the chain begins with.
    func head() throws(StoreError) -> ProfileRow {
        guard let columns = try statements.selectRow.run([.text(ProfileRow.head)]).first else {
            throw .damaged("the beginning of the table of profiles is missing")
        }
        do throws(StoreError) {
            return try row(ProfileRow.head, columns)
        } catch {
            guard error.code == .damaged else { throw error }
            throw .damaged("the beginning of the table of profiles is damaged")
        }
    }

    /// The row before a name that has none.
    ///
    /// That there is none is believed only when the row before says so.
    func rowBefore(_ name: String) throws(StoreError) -> ProfileRow {
        guard let columns = try statements.selectRowBefore.run([.text(name)]).first,
            case .text(let before) = columns[0]
        else { throw .damaged("the beginning of the table of profiles is missing") }
        let row = try row(before, Array(columns[1...]))
        guard row.successor.isEmpty || precedes(name, row.successor) else {
            throw .damaged("the row of \(row.successor.sanitised()) is missing")
        }
        return row
    }

    /// Opens `generation, revision, sealed`.
    func open(
        _ columns: [SQLValue], _ profile: String, _ kind: String, expected: Int64? = nil
    ) throws(StoreError) -> Secret? {
        guard columns.count == 3, case .integer(let generation) = columns[0],
            case .integer(let revision) = columns[1], case .blob(let sealed) = columns[2],
            revision == expected ?? revision, let key = try dataKey(generation)
        else { return nil }
        let place = RecordPlace(
            storeID: header.id, profile: profile, kind: kind, revision: revision)
        return SealedRecord.open(sealed, at: place, key: key)
    }

    /// The roll, and the data key that seals it and all that is new.
    func roll() throws(StoreError) -> (Roll, DataKey) {
        let kind = RecordKind.roll.rawValue
        let columns =
            try statements.selectRecord.run([.text(ProfileRow.head), .text(kind)]).first ?? []
        guard let contents = try open(columns, ProfileRow.head, kind),
            case .integer(let generation) = columns[0],
            case .integer(let counter) = columns[1], let roll = Roll(contents, counter: counter),
            let key = try dataKey(generation)
        else { throw .damaged("the list of all profiles is damaged") }
        return (roll, key)
    }

    private func find(
        _ name: String, _ select: borrowing Statement, _ values: [SQLValue]
    ) throws(StoreError) -> [SQLValue]? {
        guard name != ProfileRow.head else {
            throw StoreError(.internal, "a profile without a name")
        }
        if let columns = try select.run(values).first { return columns }
        return try transaction("BEGIN") { () throws(StoreError) in
            if let columns = try select.run(values).first { return columns }
            _ = try rowBefore(name)
            return nil
        }
    }
}

/// The order of SQLite's BINARY collation; that of Swift's strings is another.
private func precedes(_ first: String, _ second: String) -> Bool {
    first.utf8.lexicographicallyPrecedes(second.utf8)
}
