package import SesameSecrets

/// The texts of a small XML document, each by the names of the elements around it, read strictly.
///
/// It is for answers of a known shape: elements and text. Comments, sections, document types, instructions,
/// character references and text beside elements are refused, and so is a second text in the same place.
package struct XMLLeaves {
    /// The document is none, or has what is not expected.
    package struct Refusal: Error {}

    private var texts: [String: Secret] = [:]

    /// Reads a document.
    package init(_ document: Secret) throws(Refusal) {
        try document.withBytes { bytes throws(Refusal) in
            try read(bytes)
        }
    }

    /// The text at a path such as `Response/Result/Name`.
    package subscript(path: String) -> Secret? { texts[path] }

    private mutating func read(_ bytes: Span<UInt8>) throws(Refusal) {
        guard (try? UTF8Span(validating: bytes)) != nil else { throw Refusal() }
        var index = Self.start(of: bytes)
        var open: [String] = []
        var text = SecretBuffer(capacity: 1024)
        var (isLeaf, isOver) = (false, false)
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "<") else {
                try Self.readText(bytes, &index, into: &text)
                continue
            }
            let tag = try Tag(bytes, &index)
            if tag.isEnd {
                guard open.last == tag.name else { throw Refusal() }
                try isLeaf ? keep(&text, at: open) : Self.requireBlank(&text)
                open.removeLast()
                isOver = open.isEmpty
                isLeaf = false
            } else {
                try Self.requireBlank(&text)
                guard !isOver, open.count < Self.depth else { throw Refusal() }
                open.append(tag.name)
                isLeaf = true
                guard tag.isWhole else { continue }
                try keep(&text, at: open)
                open.removeLast()
                isOver = open.isEmpty
                isLeaf = false
            }
        }
        try Self.requireBlank(&text)
        guard isOver else { throw Refusal() }
    }

    private mutating func keep(_ text: inout SecretBuffer, at path: [String]) throws(Refusal) {
        let value = text.withBytes { Secret(copying: $0) }
        text.removeAll()
        guard texts.updateValue(value, forKey: path.joined(separator: "/")) == nil else {
            throw Refusal()
        }
    }

    /// Behind the declaration, if there is one.
    private static func start(of bytes: Span<UInt8>) -> Int {
        let mark = Array("<?xml ".utf8)
        guard bytes.count > mark.count, mark.indices.allSatisfy({ bytes[$0] == mark[$0] }),
            let end = bytes.indices.first(where: { bytes[$0] == UInt8(ascii: ">") }),
            bytes[end - 1] == UInt8(ascii: "?")
        else { return 0 }
        return end + 1
    }

    /// One character, or one of the five that have names.
    private static func readText(
        _ bytes: Span<UInt8>, _ index: inout Int, into text: inout SecretBuffer
    ) throws(Refusal) {
        guard bytes[index] == UInt8(ascii: "&") else {
            text.append(bytes[index])
            index += 1
            return
        }
        let end = (index..<min(index + 6, bytes.count)).first { bytes[$0] == UInt8(ascii: ";") }
        guard let end, let byte = named[String(copying: bytes.extracting((index + 1)..<end))] else {
            throw Refusal()
        }
        text.append(byte)
        index = end + 1
    }

    private static func requireBlank(_ text: inout SecretBuffer) throws(Refusal) {
        let isBlank = text.withBytes { bytes in bytes.indices.allSatisfy { isSpace(bytes[$0]) } }
        text.removeAll()
        guard isBlank else { throw Refusal() }
    }

    private static let named: [String: UInt8] = [
        "amp": 0x26, "lt": 0x3C, "gt": 0x3E, "quot": 0x22, "apos": 0x27,
    ]
    private static let depth = 16
}

/// A start tag, whose attributes are of no concern, or an end tag.
private struct Tag {
    let name: String
    let isEnd: Bool
    /// Whether it is both, such as `<a/>`.
    let isWhole: Bool

    init(_ bytes: Span<UInt8>, _ index: inout Int) throws(XMLLeaves.Refusal) {
        var position = index + 1
        isEnd = position < bytes.count && bytes[position] == UInt8(ascii: "/")
        if isEnd { position += 1 }
        let start = position
        while position < bytes.count, isNameByte(bytes[position]) { position += 1 }
        guard position > start else { throw XMLLeaves.Refusal() }
        name = String(copying: bytes.extracting(start..<position))
        var quote: UInt8?
        while position < bytes.count, quote != nil || bytes[position] != UInt8(ascii: ">") {
            let byte = bytes[position]
            guard byte != UInt8(ascii: "<") else { throw XMLLeaves.Refusal() }
            if quote == byte {
                quote = nil
            } else if quote == nil, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            }
            guard !isEnd || isSpace(byte) else { throw XMLLeaves.Refusal() }
            position += 1
        }
        guard position < bytes.count else { throw XMLLeaves.Refusal() }
        isWhole = !isEnd && bytes[position - 1] == UInt8(ascii: "/")
        index = position + 1
    }
}

private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x3A: true
    default: false
    }
}

private func isSpace(_ byte: UInt8) -> Bool { [0x09, 0x0A, 0x0D, 0x20].contains(byte) }
