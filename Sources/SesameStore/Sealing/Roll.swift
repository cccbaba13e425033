import SesameCrypto
import SesameJSON
import SesameSecrets

/// The roll of all profiles: what must be there, so that a missing row is noticed.
///
/// One sealed record per store, rewritten with every change. Its revision is the store's counter, the
/// source of all revisions, row versions and fencing numbers. The sum is the exclusive or of one
/// keyed value per row; neither the sum nor the values are ever visible, so nobody without the key
/// can find a set of rows that gives the same sum.
struct Roll {
    /// The store's counter; never goes back.
    private(set) var counter: Int64
    private(set) var profileCount: Int64
    private(set) var sum: [UInt8]
    private(set) var isChanged = false

    /// The roll of an empty store.
    init() {
        counter = 0
        profileCount = 0
        sum = [UInt8](repeating: 0, count: 32)
    }

    /// Reads the contents of the record.
    init?(_ contents: Secret, counter: Int64) {
        guard let json = try? JSON(parsing: contents), let count = json["profiles"]?.integer,
            let sum = json["sum"]?.secret?.withBytes({ Base64URL.decode($0) }), sum.count == 32
        else { return nil }
        self.counter = counter
        profileCount = count
        self.sum = sum.dangerouslyRevealedBytes()
    }

    var contents: Secret {
        JSONValue.object([
            ("profiles", .integer(profileCount)), ("sum", .string(Base64URL.encode(sum.span))),
        ]).encoded()
    }

    /// A number that was never given before in this store.
    mutating func next() throws(StoreError) -> Int64 {
        let (next, overflow) = counter.addingReportingOverflow(1)
        guard !overflow else { throw StoreError(.internal, "the store's counter is exhausted") }
        counter = next
        isChanged = true
        return next
    }

    /// Enters a row; `earlier` is its version until now, 0 for a new one.
    mutating func enter(_ name: String, earlier: Int64, version: Int64, key: DataKey) {
        if earlier == 0 { profileCount += 1 } else { add(name, earlier, key) }
        add(name, version, key)
    }

    /// Whether exactly these rows belong to the store.
    func lists(_ rows: [(name: String, version: Int64)], key: DataKey) -> Bool {
        var other = Roll()
        for row in rows { other.add(row.name, row.version, key) }
        return rows.count == profileCount && constantTimeEqual(other.sum.span, sum.span)
    }

    /// Adding a second time takes away.
    private mutating func add(_ name: String, _ version: Int64, _ key: DataKey) {
        var data = AssociatedData("store/roll")
        data.append(name)
        data.append(version)
        let element = HMAC.sha256(data.bytes.span, key: key.roll)
        element.withBytes { element in
            for index in sum.indices { sum[index] ^= element[index] }
        }
    }
}
