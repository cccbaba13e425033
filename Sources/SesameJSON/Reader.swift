import SesameSecrets

/// Reads one document into nodes that point into `bytes`.
func read(_ bytes: Span<UInt8>, limits: JSON.Limits) throws(JSON.Refusal) -> JSON.Node {
    guard bytes.count <= limits.bytes else { throw JSON.Refusal(reason: .tooLarge, offset: 0) }
    var reader = Reader(limits: limits)
    reader.skipBlanks(bytes)
    let node = try reader.value(bytes, depth: 0)
    reader.skipBlanks(bytes)
    guard reader.position == bytes.count else { throw reader.refusal(.malformed) }
    return node
}

private struct Reader {
    let limits: JSON.Limits
    var position = 0
    var values = 0

    init(limits: JSON.Limits) {
        self.limits = limits
    }

    func refusal(_ reason: JSON.Refusal.Reason) -> JSON.Refusal {
        JSON.Refusal(reason: reason, offset: position)
    }

    func peek(_ bytes: Span<UInt8>) -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    mutating func skipBlanks(_ bytes: Span<UInt8>) {
        while let byte = peek(bytes), [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    mutating func accept(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard peek(bytes) == byte else { return false }
        position += 1
        return true
    }

    mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(JSON.Refusal) -> JSON.Node {
        values += 1
        guard values <= limits.values, depth <= limits.depth else { throw refusal(.tooLarge) }
        switch peek(bytes) {
        case UInt8(ascii: "{"): return try object(bytes, depth: depth)
        case UInt8(ascii: "["): return try array(bytes, depth: depth)
        case UInt8(ascii: "\""): return .string(try string(bytes))
        case UInt8(ascii: "t"): return try literal("true", .bool(true), bytes)
        case UInt8(ascii: "f"): return try literal("false", .bool(false), bytes)
        case UInt8(ascii: "n"): return try literal("null", .null, bytes)
        default: return .number(try number(bytes))
        }
    }

    private mutating func literal(
        _ word: String, _ node: JSON.Node, _ bytes: Span<UInt8>
    ) throws(JSON.Refusal) -> JSON.Node {
        for byte in word.utf8 {
            guard accept(byte, bytes) else { throw refusal(.malformed) }
        }
        return node
    }

    private mutating func array(_ bytes: Span<UInt8>, depth: Int) throws(JSON.Refusal) -> JSON.Node
    {
        position += 1
        var elements: [JSON.Node] = []
        skipBlanks(bytes)
        if accept(UInt8(ascii: "]"), bytes) { return .array(elements) }
        while true {
            skipBlanks(bytes)
            elements.append(try value(bytes, depth: depth + 1))
            skipBlanks(bytes)
            if accept(UInt8(ascii: "]"), bytes) { return .array(elements) }
            guard accept(UInt8(ascii: ","), bytes) else { throw refusal(.malformed) }
        }
    }

    private mutating func object(_ bytes: Span<UInt8>, depth: Int) throws(JSON.Refusal) -> JSON.Node
    {
        position += 1
        var members: [(name: String, value: JSON.Node)] = []
        var names: Set<String> = []
        skipBlanks(bytes)
        if accept(UInt8(ascii: "}"), bytes) { return .object(members) }
        while true {
            skipBlanks(bytes)
            guard peek(bytes) == UInt8(ascii: "\"") else { throw refusal(.malformed) }
            let name = decodeString(bytes, try string(bytes)).dangerouslyRevealedText()
            // Unicode-equivalent spellings count as one name here: stricter than byte equality.
            guard names.insert(name).inserted else { throw refusal(.duplicateName) }
            skipBlanks(bytes)
            guard accept(UInt8(ascii: ":"), bytes) else { throw refusal(.malformed) }
            skipBlanks(bytes)
            members.append((name, try value(bytes, depth: depth + 1)))
            skipBlanks(bytes)
            if accept(UInt8(ascii: "}"), bytes) { return .object(members) }
            guard accept(UInt8(ascii: ","), bytes) else { throw refusal(.malformed) }
        }
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(JSON.Refusal) -> Range<Int> {
        let start = position
        _ = accept(UInt8(ascii: "-"), bytes)
        if !accept(UInt8(ascii: "0"), bytes) { try digits(bytes) }
        if accept(UInt8(ascii: "."), bytes) { try digits(bytes) }
        if accept(UInt8(ascii: "e"), bytes) || accept(UInt8(ascii: "E"), bytes) {
            if !accept(UInt8(ascii: "+"), bytes) { _ = accept(UInt8(ascii: "-"), bytes) }
            try digits(bytes)
        }
        return start..<position
    }

    private mutating func digits(_ bytes: Span<UInt8>) throws(JSON.Refusal) {
        let start = position
        while let byte = peek(bytes), (0x30...0x39).contains(byte) { position += 1 }
        guard position > start else { throw refusal(.malformed) }
    }

    /// The range between the quotes, checked so that ``decodeString(_:_:)`` cannot fail.
    private mutating func string(_ bytes: Span<UInt8>) throws(JSON.Refusal) -> Range<Int> {
        position += 1
        let start = position
        while let byte = peek(bytes) {
            switch byte {
            case UInt8(ascii: "\""):
                guard (try? UTF8Span(validating: bytes.extracting(start..<position))) != nil else {
                    throw refusal(.badText)
                }
                position += 1
                return start..<(position - 1)
            case UInt8(ascii: "\\"): try escape(bytes)
            case 0x00...0x1F: throw refusal(.malformed)
            default: position += 1
            }
        }
        throw refusal(.malformed)
    }

    private mutating func escape(_ bytes: Span<UInt8>) throws(JSON.Refusal) {
        position += 1
        switch peek(bytes) {
        case UInt8(ascii: "u"):
            position += 1
            let unit = try codeUnit(bytes)
            if (0xDC00...0xDFFF).contains(unit) { throw refusal(.badText) }
            guard (0xD800...0xDBFF).contains(unit) else { return }
            guard accept(UInt8(ascii: "\\"), bytes), accept(UInt8(ascii: "u"), bytes),
                (0xDC00...0xDFFF).contains(try codeUnit(bytes))
            else { throw refusal(.badText) }
        case .some(let byte) where "\"\\/bfnrt".utf8.contains(byte): position += 1
        default: throw refusal(.malformed)
        }
    }

    private mutating func codeUnit(_ bytes: Span<UInt8>) throws(JSON.Refusal) -> UInt32 {
        guard position + 4 <= bytes.count, let unit = hexadecimal(bytes, position) else {
            throw refusal(.malformed)
        }
        position += 4
        return unit
    }
}

/// The UTF-8 bytes of a string whose escapes were checked while reading.
func decodeString(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Secret {
    var out = SecretBuffer(capacity: range.count)
    var index = range.lowerBound
    while index < range.upperBound {
        guard bytes[index] == UInt8(ascii: "\\") else {
            out.append(bytes[index])
            index += 1
            continue
        }
        if bytes[index + 1] == UInt8(ascii: "u") {
            index = appendScalar(bytes, index, to: &out)
        } else {
            out.append(unescaped(bytes[index + 1]))
            index += 2
        }
    }
    return Secret(out)
}

private func unescaped(_ letter: UInt8) -> UInt8 {
    switch letter {
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: letter
    }
}

/// Appends the scalar of a `\uXXXX` or of a surrogate pair at `index`; returns where it ends.
private func appendScalar(_ bytes: Span<UInt8>, _ index: Int, to out: inout SecretBuffer) -> Int {
    var value = hexadecimal(bytes, index + 2) ?? 0xFFFD
    var end = index + 6
    if (0xD800...0xDBFF).contains(value), let low = hexadecimal(bytes, index + 8) {
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        end = index + 12
    }
    for byte in UTF8.encode(Unicode.Scalar(value) ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter
    {
        out.append(byte)
    }
    return end
}

private func hexadecimal(_ bytes: Span<UInt8>, _ start: Int) -> UInt32? {
    var value: UInt32 = 0
    for index in start..<(start + 4) {
        switch bytes[index] {
        case let digit where (0x30...0x39).contains(digit):
            value = value << 4 | UInt32(digit - 0x30)
        case let letter where (0x41...0x46).contains(letter):
            value = value << 4 | UInt32(letter - 0x41 + 10)
        case let letter where (0x61...0x66).contains(letter):
            value = value << 4 | UInt32(letter - 0x61 + 10)
        default: return nil
        }
    }
    return value
}
