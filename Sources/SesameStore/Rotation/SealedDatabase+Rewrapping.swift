import SesameCrypto
import SesameSecrets
import SesameSystem

// Changes of the keys at the top: few bytes, one transaction, and a number of the counter each: a
// store from before the change is an older copy.
extension SealedDatabase {
    /// Wraps the data keys under another root secret; afterwards only that one opens the store.
    /// - Parameter expected: the root secret that it must be sealed under; `nil` for any.
    /// - Returns: the root secret that opened it until then.
    func rewrap(
        with root: RootSecret, replacing expected: Secret? = nil
    ) throws(StoreError) -> RootSecret {
        var before = root
        try changeKeys { stored throws(StoreError) in
            if let expected, !stored.header.fits(expected) { throw .keysChange }
            before = RootSecret(unlocked.root, try stored.header.pinnedSource())
            let header = StoreHeader(id: stored.header.id, root: root)
            let rootKeys = RootKeys(root: root.secret, storeID: header.id)
            var wrapped: [WrappedDataKey] = []
            for key in try needed(stored.wrapped) {
                guard let data = unlocked.dataKeys[key.generation] else {
                    throw .damaged("a data key of the store is damaged")
                }
                wrapped.append(try wrap(data, created: key.created, header, rootKeys))
            }
            try change { change throws(StoreError) in try change.draw() }
            try header.insert(into: database)
            for key in wrapped { try key.insert(into: database) }
            return Unlocked(
                stored: StoredKeys(header: header, wrapped: wrapped), root: root.secret,
                dataKeys: unlocked.dataKeys)
        }
        return before
    }

    /// Begins the use of a new data key: from then on all that is written is sealed with it.
    ///
    /// A re-sealing that is under way, or was interrupted, is one from older keys to this one then.
    func beginResealing(now: Timestamp) throws(StoreError) {
        let secret = random.bytes(32)
        try changeKeys { stored throws(StoreError) in
            let former = try needed(stored.wrapped)
            let generation = try Self.next(former)
            let key = DataKey(generation: generation, secret: secret, storeID: stored.header.id)
            let rootKeys = RootKeys(root: unlocked.root, storeID: stored.header.id)
            let wrapped = try wrap(key, created: now.seconds, stored.header, rootKeys)
            try wrapped.insert(into: database)
            try change { change throws(StoreError) in
                try change.renew(key, rows: try sumOfRows(with: key))
            }
            return Unlocked(
                stored: StoredKeys(header: stored.header, wrapped: former + [wrapped]),
                root: unlocked.root,
                dataKeys: unlocked.dataKeys.merging([generation: key]) { $1 })
        }
    }

    /// Throws where a re-sealing could not begin.
    func requireResealable() throws(StoreError) {
        try transaction("BEGIN") { () throws(StoreError) in
            _ = try Self.next(
                unlocked.stored.wrapped.filter { unlocked.dataKeys[$0.generation] != nil })
            _ = try head()
            try forEachRow { _, _ in }
        }
    }

    private static func next(_ former: [WrappedDataKey]) throws(StoreError) -> Int64 {
        let newest = former.last?.generation ?? 0
        let (generation, overflow) = newest.addingReportingOverflow(1)
        guard !overflow, former.count < WrappedDataKey.most else {
            throw .damaged("the keys inside the store are damaged")
        }
        return generation
    }

    /// The data keys, oldest first.
    func generations() throws(StoreError) -> [WrappedDataKey] {
        try WrappedDataKey.all(in: database)
    }

    /// Runs a change of the keys while nobody else writes, with keys that are the current ones.
    private func changeKeys(
        _ body: (StoredKeys) throws(StoreError) -> Unlocked
    ) throws(StoreError) {
        for _ in 0..<8 {
            // Asking for the root secret may take a minute: not while others wait for the store.
            try unlockAnew()
            let changed = try transaction("BEGIN IMMEDIATE") { () throws(StoreError) -> Unlocked? in
                guard try StoredKeys(of: database) == unlocked.stored else { return nil }
                return try body(unlocked.stored)
            }
            guard let changed else { continue }
            take(changed)
            settle()
            return
        }
        throw .keysChange
    }

    /// The data keys but those that do not open and that nothing is sealed with: these are removed.
    private func needed(
        _ wrapped: [WrappedDataKey]
    ) throws(StoreError) -> [WrappedDataKey] {
        for key in wrapped where unlocked.dataKeys[key.generation] == nil {
            try removeUnused("generation = ?1", key.generation)
        }
        let left = try generations().map(\.generation)
        return wrapped.filter { left.contains($0.generation) }
    }

    private func wrap(
        _ key: DataKey, created: Int64, _ header: StoreHeader, _ keys: RootKeys
    ) throws(StoreError) -> WrappedDataKey {
        try WrappedDataKey(
            key.secret, generation: key.generation, created: created, header: header, keys: keys,
            nonce: random.bytes(AES256GCM.nonceLength))
    }

    /// The sum of all rows under another key, once they were compared with the roll.
    private func sumOfRows(with key: DataKey) throws(StoreError) -> RowSum {
        var rows = RowSum()
        let head = try head()
        rows.add(head.name, head.version, key)
        try forEachRow { name, columns throws(StoreError) in
            guard case .integer(let version) = columns[2] else {
                throw .damaged("the table of profiles is damaged")
            }
            rows.add(name, version, key)
        }
        return rows
    }
}

extension StoreHeader {
    fileprivate init(id: [UInt8], root: RootSecret) {
        let keys = RootKeys(root: root.secret, storeID: id)
        self.init(
            id: id, source: root.source.text, check: keys.checkValue.dangerouslyRevealedBytes())
    }
}
