import SesameCrypto
import SesameJSON
import SesameSecrets

/// The roll of all rows: what must be there, so that a missing row is noticed.
///
/// One sealed record per store, rewritten with every change. Its revision is the store's counter, the
/// source of all revisions, row versions and fencing numbers. The sum is the exclusive or of one
/// keyed value per row; neither the sum nor the values are ever visible, so nobody without the key
/// can find a set of rows that gives the same sum.
struct Roll {
    /// The store's counter; never goes back.
    private(set) var counter: Int64
    private(set) var rows: RowSum
    private(set) var isChanged = false

    /// The roll of a store without rows.
    init(counter: Int64 = 0) {
        self.counter = counter
        rows = RowSum()
    }

    /// Reads the contents of the record.
    init?(_ contents: Secret, counter: Int64) {
        guard let json = try? JSON(parsing: contents), let count = json["profiles"]?.integer,
            let sum = json["sum"]?.secret?.withBytes({ Base64URL.decode($0) }),
            sum.count == RowSum.length
        else { return nil }
        self.counter = counter
        rows = RowSum(count: count, bytes: sum.dangerouslyRevealedBytes())
    }

    var contents: Secret {
        JSONValue.object([
            ("profiles", .integer(rows.count)), ("sum", .string(Base64URL.encode(rows.bytes.span))),
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

    /// Makes all numbers that follow larger than this one.
    mutating func skip(to number: Int64) throws(StoreError) {
        counter = max(counter, number)
        _ = try next()
    }

    /// Enters a row; `earlier` is its version until now, 0 for a new one.
    mutating func enter(_ name: String, earlier: Int64, version: Int64, key: DataKey) {
        if earlier != 0 { rows.remove(name, earlier, key) }
        rows.add(name, version, key)
        isChanged = true
    }

    /// Takes another sum for the same rows, made with another key.
    mutating func replace(rows: RowSum) {
        self.rows = rows
        isChanged = true
    }
}

/// How many rows there are, and a keyed sum of their names and versions in constant space.
struct RowSum {
    static let length = 32

    private(set) var count: Int64 = 0
    private(set) var bytes = [UInt8](repeating: 0, count: length)

    init() {}

    init(count: Int64, bytes: [UInt8]) {
        self.count = count
        self.bytes = bytes
    }

    mutating func add(_ name: String, _ version: Int64, _ key: DataKey) {
        count += 1
        mix(name, version, key)
    }

    mutating func remove(_ name: String, _ version: Int64, _ key: DataKey) {
        count -= 1
        mix(name, version, key)
    }

    func equals(_ other: RowSum) -> Bool {
        count == other.count && constantTimeEqual(bytes.span, other.bytes.span)
    }

    /// Mixing in a second time takes away.
    private mutating func mix(_ name: String, _ version: Int64, _ key: DataKey) {
        var data = AssociatedData("store/roll")
        data.append(name)
        data.append(version)
        let element = HMAC.sha256(data.bytes.span, key: key.roll)
        element.withBytes { element in
            for index in bytes.indices { bytes[index] ^= element[index] }
        }
    }
}
