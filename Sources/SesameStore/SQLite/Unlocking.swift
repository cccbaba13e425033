import SesameCrypto
import SesameSecrets
import SesameSystem

/// Fills a new file: tables, header, the first data key, the head of the chain and the roll.
func initialise(
    _ database: borrowing Database, root: RootSecret, random: any RandomSource, now: Timestamp
) throws(StoreError) {
    try Schema.create(in: database)
    let id = random.bytes(16).dangerouslyRevealedBytes()
    let keys = RootKeys(root: root.secret, storeID: id)
    let header = StoreHeader(
        id: id, source: root.source.text, check: keys.checkValue.dangerouslyRevealedBytes())
    let secret = random.bytes(32)
    let wrapped = try WrappedDataKey(
        secret, generation: 1, created: now.seconds, header: header, keys: keys,
        nonce: random.bytes(AES256GCM.nonceLength))
    let key = DataKey(generation: 1, secret: secret, storeID: id)
    var head = ProfileRow(name: ProfileRow.head)
    head.version = 1
    var roll = Roll(counter: head.version)
    roll.enter(head.name, earlier: 0, version: head.version, key: key)
    let place = RecordPlace(
        storeID: id, profile: ProfileRow.head, kind: RecordKind.roll.rawValue,
        revision: roll.counter)
    let sealed = try SealedRecord.seal(roll.contents, at: place, key: key, random: random)
    try database.execute("BEGIN")
    let statements = try Statements(database)
    try header.insert(into: database)
    try wrapped.insert(into: database)
    try statements.saveRow.run([.text(head.name)] + head.columns(storeID: id, key: key))
    try statements.saveRecord.run([
        .text(place.profile), .text(place.kind), .integer(key.generation), .integer(roll.counter),
        .blob(sealed),
    ])
    try database.execute("COMMIT")
}

/// What the root secret opens: the header, and all data keys that are sound.
struct Unlocked {
    /// What was read, sound or not.
    let stored: StoredKeys
    let root: Secret
    let dataKeys: [Int64: DataKey]

    var header: StoreHeader { stored.header }

    init(stored: StoredKeys, root: Secret, dataKeys: [Int64: DataKey]) {
        self.stored = stored
        self.root = root
        self.dataKeys = dataKeys
    }

    /// Reads the header, finds the root secret and unwraps the data keys.
    /// - Parameter known: a root secret that was right before, so that nobody need be asked again.
    init(
        _ database: borrowing Database, _ keyholder: any Keyholder, known: Secret? = nil
    ) throws(StoreError) {
        var stored = try StoredKeys(of: database)
        var found = known.flatMap { stored.header.fits($0) ? $0 : nil }
        while found == nil {
            do throws(StoreError) {
                found = try keyholder.secret(
                    for: try stored.header.pinnedSource(), storeID: stored.header.id,
                    fits: stored.header.fits)
                guard let found, stored.header.fits(found) else { throw .keyWrong }
            } catch {
                // A rotation may have come between the header and the key.
                let current = try StoredKeys(of: database)
                guard error.code == .keyWrong, current.header != stored.header else { throw error }
                found = nil
                stored = current
            }
        }
        guard let root = found else { throw .keyWrong }
        let keys = RootKeys(root: root, storeID: stored.header.id)
        var dataKeys: [Int64: DataKey] = [:]
        // A key that does not open makes its records damaged, not those of the others.
        for wrapped in stored.wrapped {
            dataKeys[wrapped.generation] = wrapped.unwrapped(header: stored.header, keys: keys)
        }
        guard !dataKeys.isEmpty else { throw .damaged("the keys inside the store are damaged") }
        self.init(stored: stored, root: root, dataKeys: dataKeys)
    }
}

extension StoreHeader {
    /// Reads the header; no key is needed, and nothing is proven by it.
    init(of database: borrowing Database) throws(StoreError) {
        let rows = try database.execute("SELECT id, source, key_check, digest FROM store LIMIT 2")
        guard rows.count == 1, case .blob(let id) = rows[0][0], case .text(let source) = rows[0][1],
            case .blob(let check) = rows[0][2], case .blob(let digest) = rows[0][3],
            case let header = StoreHeader(id: id, source: source, check: check),
            header.digest == digest
        else { throw .damaged("the header of the store is damaged") }
        self = header
    }

    /// Whether this is the root secret of the store.
    func fits(_ root: Secret) -> Bool {
        guard !root.isEmpty else { return false }
        let keys = RootKeys(root: root, storeID: id)
        return keys.checkValue.withBytes { constantTimeEqual($0, check.span) }
    }

    func pinnedSource() throws(StoreError) -> PinnedSource {
        guard let source = PinnedSource(source) else {
            throw .damaged(
                "the header of the store names a source of the key that this Sesame does not take")
        }
        return source
    }

    /// Writes the header in place of an earlier one.
    func insert(into database: borrowing Database) throws(StoreError) {
        try database.execute("DELETE FROM store")
        try database.prepare("INSERT INTO store VALUES (?1, ?2, ?3, ?4)").run([
            .blob(id), .text(source), .blob(check), .blob(digest),
        ])
    }
}

extension WrappedDataKey {
    /// A store has one, or a few: more than this are nobody's.
    static let most = 1024

    /// All of a store; rows that make no sense are left out, before they are read.
    static func all(in database: borrowing Database) throws(StoreError) -> [WrappedDataKey] {
        let rows = try database.execute(
            """
            SELECT generation, created, sealed FROM data_key WHERE length(sealed) = \(sealedLength) \
            ORDER BY generation LIMIT \(most + 1)
            """)
        guard rows.count <= most else { throw .damaged("the keys inside the store are damaged") }
        return
            rows.compactMap { columns in
                guard case .integer(let generation) = columns[0],
                    case .integer(let created) = columns[1], case .blob(let sealed) = columns[2]
                else { return nil }
                return WrappedDataKey(generation: generation, created: created, sealed: sealed)
            }
    }

    /// One of a store, as it lies there; `nil` where there is none that makes sense.
    init?(_ generation: Int64, in database: borrowing Database) throws(StoreError) {
        let rows = try database.prepare(
            "SELECT created, sealed FROM data_key WHERE generation = ?1 AND length(sealed) = ?2"
        ).run([.integer(generation), .integer(Int64(Self.sealedLength))])
        guard let row = rows.first, case .integer(let created) = row[0],
            case .blob(let sealed) = row[1]
        else { return nil }
        self.init(generation: generation, created: created, sealed: sealed)
    }

    /// Writes the key in place of an earlier one of its generation.
    func insert(into database: borrowing Database) throws(StoreError) {
        try database.prepare("INSERT OR REPLACE INTO data_key VALUES (?1, ?2, ?3)").run([
            .integer(generation), .integer(created), .blob(sealed),
        ])
    }
}
