public import SesameSecrets

/// A JSON value to be written; what is read is ``JSON``.
public indirect enum JSONValue: Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A whole number.
    case integer(Int64)
    /// A number already in JSON's spelling.
    case number(String)
    /// A text.
    case string(String)
    /// A text that is a secret; its bytes must be UTF-8.
    case secret(Secret)
    /// An array.
    case array([JSONValue])
    /// An object, in this order.
    case object([(String, JSONValue)])

    /// A text, or `null`.
    public static func optional(_ text: String?) -> JSONValue {
        text.map(JSONValue.string) ?? .null
    }

    /// A number, or `null`.
    public static func optional(_ number: Int64?) -> JSONValue {
        number.map(JSONValue.integer) ?? .null
    }

    /// The JSON text without blanks, in bytes that are wiped.
    public func encoded() -> Secret {
        var out = SecretBuffer(capacity: 256)
        write(to: &out)
        return Secret(out)
    }

    /// Writes the JSON text without blanks behind what the buffer holds.
    public func write(to out: inout SecretBuffer) {
        switch self {
        case .null: out.append("null")
        case .bool(let value): out.append(value ? "true" : "false")
        case .integer(let value): out.append(String(value))
        case .number(let text): out.append(text)
        case .string(let text): writeString(text.utf8.span, to: &out)
        case .secret(let secret): secret.withBytes { writeString($0, to: &out) }
        case .array(let elements):
            out.append("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(",") }
                element.write(to: &out)
            }
            out.append("]")
        case .object(let members):
            out.append("{")
            for (index, member) in members.enumerated() {
                if index > 0 { out.append(",") }
                writeString(member.0.utf8.span, to: &out)
                out.append(":")
                member.1.write(to: &out)
            }
            out.append("}")
        }
    }
}

extension JSONValue {
    /// What was read, to be written again; texts stay secrets.
    public init(_ json: JSON) {
        if let members = json.members {
            self = .object(members.map { ($0.name, JSONValue($0.value)) })
        } else if let elements = json.elements {
            self = .array(elements.map { JSONValue($0) })
        } else if let secret = json.secret {
            self = .secret(secret)
        } else if let number = json.numberText {
            self = .number(number)
        } else if let value = json.bool {
            self = .bool(value)
        } else {
            self = .null
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral {
    /// A text.
    public init(stringLiteral value: String) { self = .string(value) }
}

private func writeString(_ bytes: Span<UInt8>, to out: inout SecretBuffer) {
    out.append(UInt8(ascii: "\""))
    var start = 0
    for index in bytes.indices where mustBeEscaped(bytes[index]) {
        out.append(bytes.extracting(start..<index))
        start = index + 1
        switch bytes[index] {
        case UInt8(ascii: "\""): out.append("\\\"")
        case UInt8(ascii: "\\"): out.append("\\\\")
        case 0x0A: out.append("\\n")
        case let control:
            out.append("\\u00")
            out.append(control < 0x10 ? "0" : "")
            out.append(String(control, radix: 16))
        }
    }
    out.append(bytes.extracting(start..<bytes.count))
    out.append(UInt8(ascii: "\""))
}

private func mustBeEscaped(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
}
