package import SesameSecrets

/// The text form of age's keys (BIP 173, without its limit of length).
///
/// A text is either lower or upper case throughout; the checksum is over the lower case.
package enum Bech32 {
    /// The bytes of a text with exactly this prefix; `nil` for any other text.
    /// - Parameter prefix: as it stands before the last `1`, in the case that the whole text must have.
    package static func decode(_ text: Span<UInt8>, prefix: StaticString) -> Secret? {
        let prefixLength = prefix.utf8CodeUnitCount
        guard text.count >= prefixLength + 1 + checksumLength else { return nil }
        let isUpper = prefix.withUTF8Buffer { unsafe $0.contains { isUpperLetter($0) } }
        let isPrefixed = prefix.withUTF8Buffer { prefix in
            prefix.indices.allSatisfy { unsafe text[$0] == prefix[$0] }
        }
        guard isPrefixed, text[prefixLength] == UInt8(ascii: "1") else { return nil }
        var checksum = Checksum(prefix: prefix)
        var groups = SecretBuffer(capacity: text.count)
        for index in (prefixLength + 1)..<text.count {
            guard let value = value(of: text[index], isUpper: isUpper) else { return nil }
            checksum.add(value)
            if index < text.count - checksumLength { groups.append(value) }
        }
        guard checksum.isRight else { return nil }
        return groups.withBytes { bytes(from: $0) }
    }

    /// The text of some bytes.
    package static func encode(_ bytes: Span<UInt8>, prefix: StaticString) -> Secret {
        let isUpper = prefix.withUTF8Buffer { unsafe $0.contains { isUpperLetter($0) } }
        var text = SecretBuffer(capacity: prefix.utf8CodeUnitCount + bytes.count * 2 + 8)
        prefix.withUTF8Buffer { unsafe text.append($0.span) }
        text.append(UInt8(ascii: "1"))
        var checksum = Checksum(prefix: prefix)
        let groups = groups(of: bytes)
        groups.withBytes { groups in
            for index in groups.indices {
                checksum.add(groups[index])
                text.append(character(groups[index], isUpper: isUpper))
            }
        }
        for value in checksum.ending() { text.append(character(value, isUpper: isUpper)) }
        return Secret(text)
    }

    /// Bytes made groups of five bits; the last is filled up with zeros.
    private static func groups(of bytes: Span<UInt8>) -> Secret {
        var out = SecretBuffer(capacity: bytes.count * 2)
        var word: UInt32 = 0
        var bits: UInt32 = 0
        for index in bytes.indices {
            word = (word << 8 | UInt32(bytes[index])) & 0xFFF
            bits += 8
            while bits >= 5 {
                bits -= 5
                out.append(UInt8(word >> bits & 31))
            }
        }
        if bits > 0 { out.append(UInt8(word << (5 - bits) & 31)) }
        return Secret(out)
    }

    private static let checksumLength = 6

    /// Groups of five bits made bytes; unused bits must be zero and fewer than five.
    private static func bytes(from groups: Span<UInt8>) -> Secret? {
        var out = SecretBuffer(capacity: groups.count)
        var word: UInt32 = 0
        var bits: UInt32 = 0
        for index in groups.indices {
            word = (word << 5 | UInt32(groups[index])) & 0xFFF
            bits += 5
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(word >> bits & 0xFF))
            }
        }
        guard bits < 5, word & ((1 << bits) - 1) == 0 else { return nil }
        return Secret(out)
    }

    private static func value(of character: UInt8, isUpper: Bool) -> UInt8? {
        if isUpper {
            guard !isLowerLetter(character) else { return nil }
        } else {
            guard !isUpperLetter(character) else { return nil }
        }
        let lower = isUpperLetter(character) ? character | 0x20 : character
        return alphabet.withUTF8Buffer { unsafe $0.firstIndex(of: lower) }.map { UInt8($0) }
    }

    private static func character(_ value: UInt8, isUpper: Bool) -> UInt8 {
        let lower = alphabet.withUTF8Buffer { unsafe $0[Int(value)] }
        return isUpper && isLowerLetter(lower) ? lower & ~0x20 : lower
    }

    private static let alphabet: StaticString = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
}

/// The checksum of BIP 173: a BCH code over groups of five bits.
private struct Checksum {
    private var state: UInt32 = 1

    init(prefix: StaticString) {
        let lower = prefix.withUTF8Buffer { prefix in
            prefix.indices.map { unsafe prefix[$0] | (isUpperLetter(prefix[$0]) ? 0x20 : 0) }
        }
        for byte in lower { add(byte >> 5) }
        add(0)
        for byte in lower { add(byte & 31) }
    }

    mutating func add(_ value: UInt8) {
        let top = state >> 25
        state = (state & 0x1FF_FFFF) << 5 ^ UInt32(value)
        for (bit, polynomial) in Self.generator.enumerated() where top >> UInt32(bit) & 1 == 1 {
            state ^= polynomial
        }
    }

    /// Whether what was added ended with the checksum of what came before.
    var isRight: Bool { state == 1 }

    /// The six groups that make it right.
    func ending() -> [UInt8] {
        var copy = self
        for _ in 0..<6 { copy.add(0) }
        let rest = copy.state ^ 1
        return (0..<6).map { UInt8(rest >> UInt32(5 * (5 - $0)) & 31) }
    }

    private static let generator: [UInt32] = [
        0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3,
    ]
}

private func isUpperLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
}

private func isLowerLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
}
