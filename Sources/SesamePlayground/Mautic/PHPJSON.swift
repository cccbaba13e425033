import SesameJSON
import SesameSecrets

/// Writes JSON as PHP does: `\/`, everything beyond ASCII escaped, quotes within strings by their number.
enum PHPJSON {
    /// The encoded text.
    static func encode(_ value: JSONValue) -> Secret {
        var out = SecretBuffer(capacity: 1024)
        write(value, to: &out)
        return Secret(out)
    }

    private static func write(_ value: JSONValue, to out: inout SecretBuffer) {
        switch value {
        case .string(let text): writeString(text, to: &out)
        case .array(let elements):
            out.append("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(",") }
                write(element, to: &out)
            }
            out.append("]")
        case .object(let members):
            out.append("{")
            for (index, member) in members.enumerated() {
                if index > 0 { out.append(",") }
                writeString(member.0, to: &out)
                out.append(":")
                write(member.1, to: &out)
            }
            out.append("}")
        case .secret, .null, .bool, .integer, .number: out.append(value.encoded())
        }
    }

    private static func writeString(_ text: String, to out: inout SecretBuffer) {
        out.append("\"")
        for unit in text.utf16 {
            switch unit {
            case 0x2F: out.append("\\/")
            case 0x5C: out.append("\\\\")
            case 0x0A: out.append("\\n")
            case 0x0D: out.append("\\r")
            case 0x09: out.append("\\t")
            case 0x22, 0x26, 0x27, 0x3C, 0x3E:
                writeEscape(unit, digits: "0123456789ABCDEF", to: &out)
            case 0x20..<0x7F: out.append(UInt8(unit))
            default: writeEscape(unit, digits: "0123456789abcdef", to: &out)
            }
        }
        out.append("\"")
    }

    private static func writeEscape(_ unit: UInt16, digits: String, to out: inout SecretBuffer) {
        let digits = Array(digits.utf8)
        out.append("\\u")
        for shift in [12, 8, 4, 0] { out.append(digits[Int(unit >> UInt16(shift) & 0xF)]) }
    }
}
