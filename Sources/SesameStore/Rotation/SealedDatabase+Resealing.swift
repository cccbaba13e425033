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

    /// Re-seals the row and the records of a profile; records that the row does not name go.
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
        // The roll stands under the head, which does not name it.
        if name != ProfileRow.head {
            _ = try database.prepare(
                "DELETE FROM record WHERE profile = ?1 AND generation <> ?2"
            ).run([.text(name), .integer(key.generation)])
        }
        try write(row, key: key)
        return true
    }

    /// Removes records of profiles that are not there, unless a profile's row is missing.
    func removeOrphans() throws(StoreError) {
        do throws(StoreError) {
            try forEachRow { _, _ in }
        } catch {
            guard error.code == .damaged else { throw error }
            return
        }
        try database.execute(
            "DELETE FROM record WHERE profile <> '' AND profile NOT IN (SELECT name FROM profile)")
    }

    /// Removes the data keys that meet the condition and that nothing is sealed with.
    func removeUnused(_ condition: String, _ generation: Int64) throws(StoreError) {
        _ = try database.prepare(
            """
            DELETE FROM data_key WHERE \(condition) \
            AND generation NOT IN (SELECT generation FROM profile) \
            AND generation NOT IN (SELECT generation FROM record)
            """
        ).run([.integer(generation)])
    }
}

/// The work on a store that is being re-sealed: what is left is read from the store itself, so that
/// any process can go on where another has stopped.
struct Resealing {
    /// What everything is sealed with in the end.
    private var generation: Int64?
    private var total = 0
    private var done = 0
    private var last = ProfileRow.head
    private var damaged: [String] = []

    /// Profiles in one transaction: other writers wait for it.
    private static let batch: Int64 = 64

    /// Does some of the work.
    mutating func proceed(_ tables: SealedDatabase) throws(StoreError) -> ResealProgress {
        let (_, key) = try tables.roll()
        if generation != key.generation {
            // The first step, or another process has begun anew meanwhile, with a newer key.
            self = Resealing()
            generation = key.generation
            total = try tables.countStale(key.generation)
        }
        let names = try tables.staleNames(behind: last, key.generation, limit: Self.batch)
        if names.isEmpty {
            let keepsOlderKey = try finish(tables, key)
            return progress(isFinished: true, keepsOlderKey: keepsOlderKey)
        }
        let broken = try tables.change { change throws(StoreError) -> [String] in
            guard change.key.generation == key.generation else { throw .keysChange }
            var broken: [String] = []
            for name in names {
                if try !tables.reseal(name, with: key) { broken.append(name) }
            }
            return broken
        }
        damaged += broken
        done += names.count - broken.count
        last = names[names.count - 1]
        return progress(isFinished: false, keepsOlderKey: true)
    }

    /// Re-seals the head of the chain, which stands before all names, and removes what is not needed.
    /// - Returns: whether an older data key is needed still.
    private func finish(_ tables: SealedDatabase, _ key: DataKey) throws(StoreError) -> Bool {
        let isAlone = try tables.change { change throws(StoreError) -> Bool in
            guard change.key.generation == key.generation else { throw .keysChange }
            _ = try tables.reseal(ProfileRow.head, with: key)
            try tables.removeOrphans()
            try tables.removeUnused("generation <> ?1", key.generation)
            // From here on a store that has an older key is an older copy.
            try change.draw()
            return try tables.generations().count == 1
        }
        try tables.unlockAnew()
        tables.settle()
        return !isAlone
    }

    private func progress(isFinished: Bool, keepsOlderKey: Bool) -> ResealProgress {
        ResealProgress(
            done: done, total: max(total, done + damaged.count), isFinished: isFinished,
            damaged: damaged, keepsOlderKey: keepsOlderKey)
    }
}

extension StoreError {
    static let keysChange = StoreError(
        .busy, "another process is changing the keys of the store; try again")
}
