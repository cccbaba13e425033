public import SesameSecrets

/// A JSON text that was read strictly (RFC 8259), and a value within it.
///
/// Strings stay where they are, in the wiped bytes of the document, until one is asked for: a token
/// goes from the answer into a ``Secret`` without ever being a `String`. Refused are duplicate
/// names, invalid UTF-8, lone surrogates, a byte order mark, anything behind the value, and what
/// exceeds the limits.
public struct JSON: Sendable {
    /// What a document may have at the most.
    public struct Limits: Sendable {
        /// Bytes.
        public var bytes = 1 << 20
        /// Arrays and objects within each other.
        public var depth = 32
        /// Values altogether.
        public var values = 100_000

        /// The usual limits.
        public init() {}
    }

    /// Why a text was refused, and where.
    public struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        /// What is wrong.
        public enum Reason: String, Sendable {
            /// It is not JSON.
            case malformed = "not valid JSON"
            /// An object has a name twice.
            case duplicateName = "a name occurs twice in one object"
            /// Bytes or escapes are no Unicode text.
            case badText = "a string is not valid Unicode"
            /// Too many bytes, values or levels.
            case tooLarge = "larger or deeper than allowed"
        }
        /// What is wrong.
        public let reason: Reason
        /// The byte at which it was noticed, from 0.
        public let offset: Int
        /// Words for a person.
        public var description: String { "\(reason.rawValue) (at byte \(offset))" }
    }

    indirect enum Node: Sendable {
        case null
        case bool(Bool)
        case number(Range<Int>)
        case string(Range<Int>)
        case array([Node])
        case object([(name: String, value: Node)])
    }

    let source: Secret
    let node: Node

    /// Reads a document.
    /// - Throws: ``Refusal``.
    public init(parsing source: Secret, limits: Limits = Limits()) throws(Refusal) {
        self.source = source
        node = try source.withBytes { bytes throws(Refusal) in
            try read(bytes, limits: limits)
        }
    }

    init(source: Secret, node: Node) {
        self.source = source
        self.node = node
    }
}

extension JSON {
    /// Whether this is `null`.
    public var isNull: Bool { if case .null = node { true } else { false } }

    /// Whether this is an object.
    public var isObject: Bool { if case .object = node { true } else { false } }

    /// The value of that name, when this is an object that has it.
    ///
    /// A `null` counts as missing.
    public subscript(name: String) -> JSON? {
        guard case .object(let members) = node,
            let found = members.first(where: { $0.name == name }),
            case let value = JSON(source: source, node: found.value), !value.isNull
        else { return nil }
        return value
    }

    /// The names and values of an object, in order.
    public var members: [(name: String, value: JSON)]? {
        guard case .object(let members) = node else { return nil }
        return members.map { ($0.name, JSON(source: source, node: $0.value)) }
    }

    /// The elements of an array.
    public var elements: [JSON]? {
        guard case .array(let nodes) = node else { return nil }
        return nodes.map { JSON(source: source, node: $0) }
    }

    /// The value of `true` or `false`.
    public var bool: Bool? { if case .bool(let value) = node { value } else { nil } }

    /// A string's text, for what is no secret.
    public var string: String? { secret?.dangerouslyRevealedText() }

    /// A string's UTF-8 bytes.
    public var secret: Secret? {
        guard case .string(let range) = node else { return nil }
        return source.withBytes { bytes in decodeString(bytes, range) }
    }

    /// A number that is a whole one and fits; `1.0` and `1e3` count, `1.5` and `1e400` do not.
    public var integer: Int64? {
        guard case .number(let range) = node else { return nil }
        return wholeNumber(source.withBytes { bytes in String(copying: bytes.extracting(range)) })
    }

    /// A number.
    public var double: Double? {
        guard case .number(let range) = node else { return nil }
        let value = Double(source.withBytes { bytes in String(copying: bytes.extracting(range)) })
        return value.flatMap { $0.isFinite ? $0 : nil }
    }

    /// The number exactly as it was written.
    public var numberText: String? {
        guard case .number(let range) = node else { return nil }
        return source.withBytes { bytes in String(copying: bytes.extracting(range)) }
    }
}
