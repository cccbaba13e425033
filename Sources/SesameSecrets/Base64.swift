/// Base64 with the URL-safe alphabet and without padding (RFC 4648, section 5; RFC 7515, section 2).
public enum Base64URL {
    /// Encodes bytes.
    public static func encode(_ bytes: Span<UInt8>) -> String {
        var out = SecretBuffer(capacity: (bytes.count * 4 + 2) / 3)
        encode(bytes, into: &out)
        return out.withBytes { String(copying: $0) }
    }

    /// Encodes bytes into a buffer that is wiped.
    public static func encode(_ bytes: Span<UInt8>, into out: inout SecretBuffer) {
        Alphabet.urlSafe.encode(bytes, padding: false, into: &out)
    }

    /// Decodes; `nil` for padding, foreign characters, an impossible length or unused bits that are not zero.
    ///
    /// Unused bits matter: a lax reader would take two texts for one value.
    public static func decode(_ text: Span<UInt8>) -> Secret? {
        Alphabet.urlSafe.decode(text)
    }
}

/// Base64 with the standard alphabet (RFC 4648, section 4).
public enum Base64 {
    /// Encodes bytes with padding, as HTTP Basic wants it, into a buffer that is wiped.
    public static func encode(_ bytes: Span<UInt8>, into out: inout SecretBuffer) {
        Alphabet.standard.encode(bytes, padding: true, into: &out)
    }

    /// Encodes bytes without padding, as age files have it.
    public static func encodeUnpadded(_ bytes: Span<UInt8>) -> String {
        var out = SecretBuffer(capacity: (bytes.count * 4 + 2) / 3)
        Alphabet.standard.encode(bytes, padding: false, into: &out)
        return out.withBytes { String(copying: $0) }
    }

    /// Decodes what has no padding, as strictly as ``Base64URL/decode(_:)``.
    public static func decodeUnpadded(_ text: Span<UInt8>) -> Secret? {
        Alphabet.standard.decode(text)
    }
}

/// One of the two alphabets; they differ in the last two characters.
private struct Alphabet {
    static let standard = Alphabet(UInt8(ascii: "+"), UInt8(ascii: "/"))
    static let urlSafe = Alphabet(UInt8(ascii: "-"), UInt8(ascii: "_"))

    let character62: UInt8
    let character63: UInt8

    init(_ character62: UInt8, _ character63: UInt8) {
        self.character62 = character62
        self.character63 = character63
    }

    func encode(_ bytes: Span<UInt8>, padding: Bool, into out: inout SecretBuffer) {
        var index = 0
        while index < bytes.count {
            let group = min(3, bytes.count - index)
            var word: UInt32 = 0
            for offset in 0..<3 {
                word = word << 8 | (offset < group ? UInt32(bytes[index + offset]) : 0)
            }
            for position in 0..<4 where position <= group {
                out.append(character(UInt8(word >> UInt32(18 - 6 * position) & 0x3F)))
            }
            if padding { for _ in group..<3 { out.append(UInt8(ascii: "=")) } }
            index += 3
        }
    }

    func decode(_ text: Span<UInt8>) -> Secret? {
        guard text.count % 4 != 1 else { return nil }
        var out = SecretBuffer(capacity: text.count)
        var accumulator: UInt32 = 0
        var bits = 0
        for index in text.indices {
            guard let value = value(of: text[index]) else { return nil }
            accumulator = (accumulator << 6 | UInt32(value)) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(truncatingIfNeeded: accumulator >> UInt32(bits)))
            }
        }
        guard accumulator & ((1 << UInt32(bits)) - 1) == 0 else { return nil }
        return Secret(out)
    }

    private func character(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: character62
        default: character63
        }
    }

    private func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case character62: 62
        case character63: 63
        default: nil
        }
    }
}
