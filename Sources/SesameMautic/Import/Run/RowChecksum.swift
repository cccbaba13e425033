/// What tells rows, or a file, from others, so that it is noticed which has changed since (FNV-1a, 64 bits).
///
/// It is no proof against somebody who means harm: who can change the file can change the journal.
struct RowChecksum: Hashable, Sendable {
    private var value: UInt64 = 0xCBF2_9CE4_8422_2325

    init() {}

    /// Reads what ``text`` wrote.
    init?(_ text: String) {
        guard let value = UInt64(text, radix: 16) else { return nil }
        self.value = value
    }

    var text: String { String(value, radix: 16) }

    mutating func add(_ row: ContactRow) { add(bytes: row.source) }

    mutating func add(bytes: [UInt8]) {
        add(contentsOf: bytes)
        add(0x0A)
    }

    /// Adds a part of a file, as it stands.
    mutating func add(contentsOf bytes: some Sequence<UInt8>) {
        for byte in bytes { add(byte) }
    }

    private mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
}
