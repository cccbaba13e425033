import SesameSecrets

/// Bytes that are authenticated but not encrypted, written so that no two lists look alike: each
/// field carries its length before it (4 bytes, big-endian).
struct AssociatedData {
    private(set) var bytes: [UInt8] = []

    /// Begins with what the bytes are for, and the version of the sealing.
    init(_ purpose: StaticString) {
        append("\(purpose)")
        append(StoreFormat.sealing)
    }

    mutating func append(_ field: [UInt8]) {
        appendBigEndian(UInt64(field.count), bytes: 4)
        bytes += field
    }

    mutating func append(_ text: String) { append(Array(text.utf8)) }

    /// A number has 8 bytes, big-endian.
    mutating func append(_ number: Int64) {
        appendBigEndian(8, bytes: 4)
        appendBigEndian(UInt64(bitPattern: number), bytes: 8)
    }

    private mutating func appendBigEndian(_ number: UInt64, bytes count: Int) {
        for position in (0..<count).reversed() {
            bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * position)))
        }
    }
}

/// The numbers and words that make a file a store of this format.
enum StoreFormat {
    /// `user_version` of the file: which tables there are, and what their rows mean.
    static let version: Int64 = 2
    /// How records, keys and rows are sealed; it stands in all that is authenticated.
    static let sealing: Int64 = 1
    /// `application_id` of the file: "Sesa".
    static let application: Int64 = 0x5365_7361
}
