import SesameSecrets

/// A change that is being made: all of it becomes durable, or nothing.
struct Change {
    fileprivate(set) var roll: Roll
    /// New data is always sealed with the generation that the roll has.
    fileprivate(set) var key: DataKey

    /// A fencing number.
    mutating func nextFence() throws(StoreError) -> Int64 { try roll.next() }

    /// Makes all numbers that follow larger than this one.
    mutating func skip(to number: Int64) throws(StoreError) { try roll.skip(to: number) }

    /// Uses up a number: whatever the store was before is an older copy then.
    mutating func draw() throws(StoreError) { _ = try roll.next() }

    /// Goes over to a newer data key; `rows` is the sum of all rows made with it.
    mutating func renew(_ key: DataKey, rows: RowSum) throws(StoreError) {
        self.key = key
        roll.replace(rows: rows)
        try draw()
    }
}

extension SealedDatabase {
    /// Makes a change; nobody else writes meanwhile.
    ///
    /// A body that saves nothing writes nothing.
    func change<Result>(
        _ body: (inout Change) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try transaction("BEGIN IMMEDIATE") { () throws(StoreError) in
            let (roll, key) = try roll()
            try compareWithMark(roll)
            var change = Change(roll: roll, key: key)
            let result = try body(&change)
            if change.roll.isChanged {
                try seal(
                    change.roll.contents, ProfileRow.head, RecordKind.roll.rawValue,
                    revision: change.roll.counter, change.key)
                rememberOnceDurable(change.roll.counter)
            }
            return result
        }
    }

    /// Seals a record into a profile; the row must be saved afterwards.
    func save<Contents: RecordContents>(
        _ contents: Contents, in row: inout ProfileRow, _ change: inout Change
    ) throws(StoreError) -> Revision {
        let revision = try change.roll.next()
        try seal(
            contents.encoded(), row.name, Contents.kind.rawValue, revision: revision, change.key)
        row[Contents.kind] = revision
        return Revision(number: revision)
    }

    /// Removes a record from a profile; the row must be saved afterwards.
    func remove(_ kind: RecordKind, from row: inout ProfileRow) throws(StoreError) {
        try statements.deleteRecord.run([.text(row.name), .text(kind.rawValue)])
        row[kind] = nil
    }

    /// Saves the row and enters it into the roll; a new one also into the chain.
    func save(_ row: ProfileRow, _ change: inout Change) throws(StoreError) {
        var row = row
        if row.version == 0 {
            var before = try rowBefore(row.name)
            row.successor = before.successor
            before.successor = row.name
            try write(before, &change)
        }
        try write(row, &change)
    }

    private func write(_ row: ProfileRow, _ change: inout Change) throws(StoreError) {
        var row = row
        let earlier = row.version
        row.version = try change.roll.next()
        try write(row, key: change.key)
        change.roll.enter(row.name, earlier: earlier, version: row.version, key: change.key)
    }

    /// Writes the row as it is.
    func write(_ row: ProfileRow, key: DataKey) throws(StoreError) {
        try statements.saveRow.run(
            [.text(row.name)] + row.columns(storeID: header.id, key: key))
    }

    /// Seals the contents of a record.
    func seal(
        _ contents: Secret, _ profile: String, _ kind: String, revision: Int64, _ key: DataKey
    ) throws(StoreError) {
        let place = RecordPlace(
            storeID: header.id, profile: profile, kind: kind, revision: revision)
        let sealed = try SealedRecord.seal(contents, at: place, key: key, random: random)
        try statements.saveRecord.run([
            .text(profile), .text(kind), .integer(key.generation), .integer(revision),
            .blob(sealed),
        ])
    }
}
