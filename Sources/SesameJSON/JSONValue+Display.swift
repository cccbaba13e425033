public import SesameSecrets

extension JSONValue {
    /// The JSON text for a place where a terminal may show it: what could fool one is written as an escape
    /// (RFC 8259, section 7), and nothing is lost.
    public func encodedForDisplay() -> Secret {
        let text = encoded()
        return text.withBytes { bytes in
            guard bytes.indices.contains(where: { bytes[$0] >= 0x80 }) else { return text }
            var out = SecretBuffer(capacity: bytes.count + 64)
            var index = 0
            while index < bytes.count {
                let character = UTF8Character(bytes, at: index)
                if let scalar = character.scalar, scalar.isUnsafeToShow {
                    for unit in String(scalar).utf16 { out.append(escape(unit)) }
                } else {
                    out.append(bytes.extracting(index..<(index + character.length)))
                }
                index += character.length
            }
            return Secret(out)
        }
    }
}

private func escape(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
}

/// One character of a text in UTF-8, or one byte that is none.
private struct UTF8Character {
    var length = 1
    var scalar: Unicode.Scalar?

    init(_ bytes: Span<UInt8>, at index: Int) {
        let first = bytes[index]
        let count = (~first).leadingZeroBitCount
        guard (2...4).contains(count), index + count <= bytes.count else { return }
        var value = UInt32(first & (0x7F >> UInt8(count)))
        for offset in 1..<count { value = value << 6 | UInt32(bytes[index + offset] & 0x3F) }
        length = count
        scalar = Unicode.Scalar(value)
    }
}
