public import SesameSecrets

/// Parameters in the `application/x-www-form-urlencoded` form (RFC 6749, appendix B).
public struct FormParameters: Sendable {
    private var all: [(name: String, value: HTTPFields.Value)] = []

    /// Makes an empty list.
    public init() {}

    /// The names, in order.
    public var names: [String] { all.map(\.name) }

    /// The names and values that are no secrets, in order.
    package var texts: [(name: String, value: String)] {
        all.compactMap { parameter in
            if case .plain(let text) = parameter.value { (parameter.name, text) } else { nil }
        }
    }

    /// Adds a parameter; an empty one is left out, since it means the same (RFC 6749, section 3.1).
    public mutating func append(_ name: String, _ value: String) {
        if !value.isEmpty { all.append((name, .plain(value))) }
    }

    /// Adds a secret parameter.
    public mutating func append(_ name: String, _ value: Secret) {
        if !value.isEmpty { all.append((name, .secret(value))) }
    }

    /// Whether a parameter of that name is there.
    public func contains(_ name: String) -> Bool { all.contains { $0.name == name } }

    /// The encoded parameters, for a request's content.
    public func encoded() -> Secret {
        var out = SecretBuffer(capacity: 256)
        for (index, parameter) in all.enumerated() {
            if index > 0 { out.append(UInt8(ascii: "&")) }
            Self.encode(parameter.name, into: &out)
            out.append(UInt8(ascii: "="))
            switch parameter.value {
            case .plain(let text): Self.encode(text, into: &out)
            case .secret(let secret): secret.withBytes { Self.encode($0, into: &out) }
            }
        }
        return Secret(out)
    }

    /// The encoded parameters as text, for a URL's query; secret ones never stand in a URL and are left out.
    public var encodedText: String {
        var copy = FormParameters()
        for (name, value) in texts { copy.append(name, value) }
        return copy.encoded().dangerouslyRevealedText()
    }

    /// Encodes one text: letters, digits and `- . _ *` stand for themselves, a blank is `+`.
    public static func encode(_ text: String, into out: inout SecretBuffer) {
        for byte in text.utf8 { encode(byte, into: &out) }
    }

    /// Encodes one run of bytes.
    public static func encode(_ bytes: Span<UInt8>, into out: inout SecretBuffer) {
        for index in bytes.indices { encode(bytes[index], into: &out) }
    }

    private static func encode(_ byte: UInt8, into out: inout SecretBuffer) {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2A, 0x2D, 0x2E, 0x5F: out.append(byte)
        case 0x20: out.append(UInt8(ascii: "+"))
        default:
            out.append(UInt8(ascii: "%"))
            out.append(hexadecimal(byte >> 4))
            out.append(hexadecimal(byte & 0xF))
        }
    }

    private static func hexadecimal(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? 0x30 + nibble : 0x41 + nibble - 10
    }
}

/// Received form parameters, each decoded into a secret, since any of them may be one.
public struct ReceivedForm: Sendable {
    /// Why a form was refused.
    public enum Refusal: Error, Sendable {
        /// A percent escape is broken.
        case badEscape
        /// The decoded bytes are no UTF-8, or hold a NUL.
        case badText
        /// There are too many parameters, or too many bytes.
        case tooLarge
    }

    private var all: [(name: String, value: Secret)] = []

    /// Decodes a query or a form body.
    /// - Throws: ``Refusal``.
    public init(_ bytes: Span<UInt8>, maximumParameters: Int = 100) throws(Refusal) {
        guard bytes.count <= 65_536 else { throw .tooLarge }
        var start = 0
        var index = 0
        while index <= bytes.count {
            if index == bytes.count || bytes[index] == UInt8(ascii: "&") {
                if index > start { all.append(try Self.parameter(bytes, start..<index)) }
                guard all.count <= maximumParameters else { throw .tooLarge }
                start = index + 1
            }
            index += 1
        }
    }

    /// Takes parameters that came in another way, and are decoded.
    package init(_ parameters: [(String, Secret)]) {
        all = parameters.map { (name: $0.0, value: $0.1) }
    }

    /// Decodes the query of a URL.
    /// - Throws: ``Refusal``.
    public init(query: String?) throws(Refusal) {
        let bytes = Array((query ?? "").utf8)
        try self.init(bytes.span)
    }

    /// The names, in order.
    public var names: [String] { all.map(\.name) }

    /// Every value of that name.
    public func values(_ name: String) -> [Secret] { all.filter { $0.name == name }.map(\.value) }

    /// The only value of that name; `nil` when there is none, or more than one.
    public func secret(_ name: String) -> Secret? {
        let values = values(name)
        return values.count == 1 ? values[0] : nil
    }

    /// The only value of that name as text, for parameters that are no secret.
    public subscript(name: String) -> String? { secret(name)?.dangerouslyRevealedText() }

    private static func parameter(
        _ bytes: Span<UInt8>, _ range: Range<Int>
    ) throws(Refusal) -> (String, Secret) {
        let mark = range.first { bytes[$0] == UInt8(ascii: "=") } ?? range.upperBound
        let name = try decode(bytes, range.lowerBound..<mark)
        let value = try decode(bytes, min(mark + 1, range.upperBound)..<range.upperBound)
        return (name.dangerouslyRevealedText(), value)
    }

    private static func decode(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(Refusal) -> Secret
    {
        var out = SecretBuffer(capacity: range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < range.upperBound, let high = hexadecimalValue(bytes[index + 1]),
                    let low = hexadecimalValue(bytes[index + 2])
                else { throw .badEscape }
                out.append(high << 4 | low)
                index += 3
            } else {
                out.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
                index += 1
            }
        }
        guard out.withBytes({ isText($0) }) else { throw .badText }
        return Secret(out)
    }

    private static func isText(_ bytes: Span<UInt8>) -> Bool {
        guard (try? UTF8Span(validating: bytes)) != nil else { return false }
        return bytes.indices.allSatisfy { bytes[$0] != 0 }
    }
}

/// The value of a hexadecimal digit in either case.
package func hexadecimalValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
}
