package import SesameSecrets
package import SesameSystem

/// What a store says about itself, once it is open.
package struct StoreDescription: Sendable {
    /// 16 bytes that tell stores apart.
    package let id: [UInt8]
    package let source: PinnedSource
    /// How many changes there were; never goes back.
    package let counter: Int64
    /// How many profiles the store knows.
    package let profileCount: Int
    /// The data keys, oldest first: more than one while a re-sealing is not finished.
    package let generations: [(generation: Int64, created: Timestamp)]
    /// What a re-sealing that is not finished has left to do.
    package let resealing: ResealProgress?
    /// Where the anchor against rollback is.
    package let anchor: String?
}

/// What a store says about itself to everybody.
package struct StoreOutline: Sendable {
    /// 16 bytes that tell stores apart.
    package let id: [UInt8]
    package let source: PinnedSource
    package let formatVersion: Int64
}

extension SQLiteStore {
    /// What the header says, without a key; `nil` where there is no store.
    package static func outline(of path: String) async throws(StoreError) -> StoreOutline? {
        try await onOwnThread { () throws(StoreError) in
            let file = try StoreFile(path)
            guard try file.exists() else { return nil }
            let database = try Database.open(file.path)
            let version = try Schema.version(of: database)
            let header = try StoreHeader(of: database)
            return StoreOutline(
                id: header.id, source: try header.pinnedSource(), formatVersion: version)
        }
    }

    /// What the store says about itself.
    package func description() throws(StoreError) -> StoreDescription {
        try tables.unlockAnew()
        let (roll, key) = try tables.roll()
        let generations = try tables.generations()
        let count = Int(clamping: roll.rows.count - 1)
        var resealing: ResealProgress?
        if generations.count > 1 {
            let left = try tables.countStale(key.generation)
            resealing = ResealProgress(
                done: max(0, count - left), total: count, isFinished: false, damaged: [],
                keepsOlderKey: true)
        }
        return StoreDescription(
            id: tables.header.id, source: try tables.header.pinnedSource(), counter: roll.counter,
            profileCount: count,
            generations: generations.map { ($0.generation, Timestamp(seconds: $0.created)) },
            resealing: resealing, anchor: tables.anchorPlace)
    }

    /// Wraps the store's keys under another root secret, in one transaction: afterwards only that one
    /// opens the store.
    /// - Parameter expected: the root secret that it must be sealed under; `nil` for any.
    /// - Returns: the root secret that opened it until then.
    @discardableResult
    package func rewrap(
        with root: RootSecret, replacing expected: Secret? = nil
    ) throws(StoreError) -> RootSecret {
        try tables.rewrap(with: root, replacing: expected)
    }

    /// Whether this is the root secret of the store now.
    package func isSealed(under root: Secret) throws(StoreError) -> Bool {
        try tables.unlockAnew()
        return tables.header.fits(root)
    }

    /// Throws where ``beginResealing()`` would: where rows are missing or come from an older copy, or
    /// where there can be no other data key.
    package func requireResealable() throws(StoreError) {
        try tables.requireResealable()
    }

    /// Begins to seal everything anew with a new data key.
    package func beginResealing() throws(StoreError) {
        try tables.beginResealing(now: time.now)
        resealing = Resealing()
    }

    /// Seals some profiles anew, and removes the old data key when none is left.
    ///
    /// It is called until the progress says that it is finished; after a crash, again from any process.
    package func resealSome() throws(StoreError) -> ResealProgress {
        var work = resealing ?? Resealing()
        let progress = try work.proceed(tables)
        resealing = progress.isFinished ? nil : work
        return progress
    }

    /// Hands over all profiles as they are at one moment, sorted: of those that are damaged, what is
    /// whole.
    /// - Returns: the names of those that are damaged, and whether these were all: a damaged list of
    ///   the profiles does not keep those that are whole from being saved.
    package func export(
        _ each: (StoredProfile) throws(StoreError) -> Void
    ) throws(StoreError) -> (damaged: [String], isComplete: Bool) {
        var damaged: [String] = []
        // The records are read within the transaction of the rows.
        let damage = try tables.visitRows { name, _ throws(StoreError) in
            guard let row = try tables.profileToReplace(name) else { return }
            let (profile, isWhole) = try tables.readable(row)
            if !isWhole { damaged.append(name) }
            if profile.credential != nil || profile.secrets != nil { try each(profile) }
        }
        return (damaged, damage == nil)
    }
}
