import SesameCrypto
import SesameSecrets
import SesameSystem

// Changes of the keys at the top: few bytes, one transaction.
extension SealedDatabase {
    /// Wraps the data keys under another root secret; afterwards only that one opens the store.
    /// - Returns: the root secret that opened it until then.
    func rewrap(with root: RootSecret) throws(StoreError) -> RootSecret {
        var before = root
        let changed = try changeKeys { keys throws(StoreError) in
            before = RootSecret(unlocked.root, try self.header.pinnedSource())
            let header = StoreHeader(id: header.id, root: root)
            let rootKeys = RootKeys(root: root.secret, storeID: header.id)
            try header.insert(into: database)
            for key in keys {
                guard let data = unlocked.dataKeys[key.generation] else {
                    throw .damaged("a data key of the store is damaged")
                }
                try wrap(data, created: key.created, header, rootKeys).insert(into: database)
            }
            return Unlocked(header: header, root: root.secret, dataKeys: unlocked.dataKeys)
        }
        take(changed)
        settle()
        return before
    }

    /// Begins the use of a new data key, unless a re-sealing is under way.
    ///
    /// From then on all that is written is sealed with it.
    func beginResealing(now: Timestamp) throws(StoreError) {
        guard try generations().count == 1 else { return }
        let secret = random.bytes(32)
        let changed = try changeKeys { keys throws(StoreError) in
            guard keys.count == 1 else { return unlocked }
            let (generation, overflow) = keys[0].generation.addingReportingOverflow(1)
            guard !overflow else { throw StoreError(.internal, "there are no more generations") }
            let key = DataKey(generation: generation, secret: secret, storeID: header.id)
            let rootKeys = RootKeys(root: unlocked.root, storeID: header.id)
            try wrap(key, created: now.seconds, header, rootKeys).insert(into: database)
            try change { change throws(StoreError) in
                change.renew(key, rows: try sumOfRows(with: key))
            }
            return Unlocked(
                header: header, root: unlocked.root,
                dataKeys: unlocked.dataKeys.merging([generation: key]) { $1 })
        }
        take(changed)
        settle()
    }

    /// The data keys, oldest first.
    func generations() throws(StoreError) -> [WrappedDataKey] {
        try WrappedDataKey.all(in: database)
    }

    /// Runs a change of the keys while nobody else writes, with keys that are the current ones.
    private func changeKeys(
        _ body: ([WrappedDataKey]) throws(StoreError) -> Unlocked
    ) throws(StoreError) -> Unlocked {
        // Asking for the root secret may take a minute: not while others wait for the store.
        try unlockAnew()
        return try transaction("BEGIN IMMEDIATE") { () throws(StoreError) in
            let stored = try StoreHeader(of: database)
            let keys = try generations()
            guard stored.digest == header.digest,
                Set(keys.map(\.generation)).isSuperset(of: unlocked.dataKeys.keys)
            else {
                throw StoreError(
                    .busy, "another process is changing the keys of the store; try again")
            }
            return try body(keys)
        }
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
