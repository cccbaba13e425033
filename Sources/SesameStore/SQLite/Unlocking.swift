import SesameCrypto
import SesameSecrets
import SesameSystem

/// Fills a new file: tables, header, the first data key and the empty roll.
func initialise(
    _ database: borrowing Database, root: Secret, random: any RandomSource, now: Timestamp
) throws(StoreError) {
    try Schema.create(in: database)
    let id = random.bytes(16).dangerouslyRevealedBytes()
    let keys = RootKeys(root: root, storeID: id)
    let header = StoreHeader(
        id: id, source: "file", check: keys.checkValue.dangerouslyRevealedBytes())
    let secret = random.bytes(32)
    let wrapped = try WrappedDataKey(
        secret, generation: 1, created: now.seconds, header: header, keys: keys,
        nonce: random.bytes(AES256GCM.nonceLength))
    let key = DataKey(generation: 1, secret: secret, storeID: id)
    let roll = try SealedRecord.seal(
        Roll().contents, at: RecordPlace(storeID: id, profile: "", kind: .roll, revision: 0),
        key: key,
        random: random)
    try database.execute("BEGIN")
    try database.prepare("INSERT INTO store VALUES (?1, ?2, ?3, ?4)").run([
        .blob(id), .text(header.source), .blob(header.check), .blob(header.digest),
    ])
    try database.prepare("INSERT INTO data_key VALUES (?1, ?2, ?3)").run([
        .integer(1), .integer(wrapped.created), .blob(wrapped.sealed),
    ])
    try database.prepare("INSERT INTO record VALUES ('', 'roll', 1, 0, ?1)").run([.blob(roll)])
    try database.execute("COMMIT")
}

/// Reads the header, checks the key and unwraps all data keys that are sound.
func unlock(
    _ database: borrowing Database, root: Secret
) throws(StoreError) -> (StoreHeader, [Int64: DataKey]) {
    let header = try readHeader(database)
    let keys = RootKeys(root: root, storeID: header.id)
    guard keys.checkValue.withBytes({ constantTimeEqual($0, header.check.span) }) else {
        throw StoreError(
            .keyWrong,
            "the store was made with another key; put that key back. The store itself is not damaged"
        )
    }
    var dataKeys: [Int64: DataKey] = [:]
    for columns in try database.execute("SELECT generation, created, sealed FROM data_key") {
        guard case .integer(let generation) = columns[0], case .integer(let created) = columns[1],
            case .blob(let sealed) = columns[2]
        else { continue }
        // A key that does not open makes its records damaged, not those of the others.
        let wrapped = WrappedDataKey(generation: generation, created: created, sealed: sealed)
        dataKeys[generation] = wrapped.unwrapped(header: header, keys: keys)
    }
    guard !dataKeys.isEmpty else { throw .damaged("the keys inside the store are damaged") }
    return (header, dataKeys)
}

private func readHeader(_ database: borrowing Database) throws(StoreError) -> StoreHeader {
    let rows = try database.execute("SELECT id, source, key_check, digest FROM store")
    guard rows.count == 1, case .blob(let id) = rows[0][0], case .text(let source) = rows[0][1],
        case .blob(let check) = rows[0][2], case .blob(let digest) = rows[0][3],
        case let header = StoreHeader(id: id, source: source, check: check), header.digest == digest
    else { throw .damaged("the header of the store is damaged") }
    return header
}
