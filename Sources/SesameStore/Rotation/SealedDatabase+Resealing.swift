import SesameSecrets

// Sealing everything anew with the newest data key, some profiles at a time.
extension SealedDatabase {
    /// How many profiles are not sealed with the newest data key alone.
    func countStale(_ generation: Int64) throws(StoreError) -> Int {
        let rows = try database.prepare("SELECT count(*) FROM \(Self.stale)").run([
            .integer(generation)
        ])
        guard case .integer(let count)? = rows.first?.first else { return 0 }
        return Int(count)
    }

    /// The next stale profiles behind a name.
    func staleNames(
        behind name: String, _ generation: Int64, limit: Int64
    ) throws(StoreError) -> [String] {
        let rows = try database.prepare(
            "SELECT name FROM \(Self.stale) AND name > ?2 ORDER BY name LIMIT ?3"
        ).run([.integer(generation), .text(name), .integer(limit)])
        return rows.compactMap { if case .text(let name) = $0[0] { name } else { nil } }
    }

    private static let stale =
        """
        profile AS p WHERE name <> '' AND (generation <> ?1 OR EXISTS \
        (SELECT 1 FROM record AS r WHERE r.profile = p.name AND r.generation <> ?1))
        """

    /// Re-seals the row and the records of a profile.
    /// - Returns: whether all of it was whole; if not, nothing of it was changed.
    func reseal(_ name: String, with key: DataKey) throws(StoreError) -> Bool {
        guard let columns = try statements.selectRow.run([.text(name)]).first,
            let row = try? row(name, columns)
        else { return false }
        var contents: [(kind: String, revision: Int64, plaintext: Secret)] = []
        for kind in row.kinds {
            guard let revision = row.revision(ofKind: kind),
                let record = try statements.selectRecord.run([.text(name), .text(kind)]).first,
                let plaintext = try open(record, name, kind, expected: revision)
            else { return false }
            contents.append((kind, revision, plaintext))
        }
        for (kind, revision, plaintext) in contents {
            try seal(plaintext, name, kind, revision: revision, key)
        }
        try write(row, key: key)
        return true
    }

    /// Removes the data keys that nothing needs any more.
    func dropUnusedKeys(newest: Int64) throws(StoreError) {
        try transaction("BEGIN IMMEDIATE") { () throws(StoreError) in
            _ = try database.prepare(
                """
                DELETE FROM data_key WHERE generation < ?1 \
                AND generation NOT IN (SELECT generation FROM profile) \
                AND generation NOT IN (SELECT generation FROM record)
                """
            ).run([.integer(newest)])
        }
        try unlockAnew()
        settle()
    }
}

/// The work on a store that is being re-sealed: what is left is read from the store itself, so that
/// any process can go on where another has stopped.
struct Resealing {
    private var total: Int?
    private var done = 0
    private var last = ProfileRow.head
    private var damaged: [String] = []

    /// Profiles in one transaction: other writers wait for it.
    private static let batch: Int64 = 64

    /// Does some of the work.
    mutating func proceed(_ tables: SealedDatabase) throws(StoreError) -> ResealProgress {
        let (_, key) = try tables.roll()
        if total == nil { total = try tables.countStale(key.generation) }
        let names = try tables.staleNames(behind: last, key.generation, limit: Self.batch)
        if names.isEmpty {
            try finish(tables, key)
            return progress(isFinished: true)
        }
        let broken = try tables.change { change throws(StoreError) -> [String] in
            guard change.key.generation == key.generation else {
                throw StoreError(
                    .busy, "another process is changing the keys of the store; try again")
            }
            var broken: [String] = []
            for name in names {
                if try !tables.reseal(name, with: key) { broken.append(name) }
            }
            return broken
        }
        damaged += broken
        done += names.count - broken.count
        last = names[names.count - 1]
        return progress(isFinished: false)
    }

    private func finish(_ tables: SealedDatabase, _ key: DataKey) throws(StoreError) {
        // The head of the chain stands before all names.
        try tables.change { change throws(StoreError) in
            guard change.key.generation == key.generation else { return }
            _ = try tables.reseal(ProfileRow.head, with: change.key)
        }
        try tables.dropUnusedKeys(newest: key.generation)
    }

    private func progress(isFinished: Bool) -> ResealProgress {
        ResealProgress(
            done: done, total: max(total ?? 0, done + damaged.count), isFinished: isFinished,
            damaged: damaged)
    }
}
