public import SesameSecrets

/// The header fields of a message, in order; names compare without case (RFC 9110, section 5).
public struct HTTPFields: Sendable {
    /// A field's value.
    ///
    /// A secret one is opened by the transport alone, so that logging a request is safe.
    public enum Value: Sendable {
        /// May be shown.
        case plain(String)
        /// A credential.
        case secret(Secret)
    }

    /// One field.
    public struct Field: Sendable {
        /// The name as it will be sent.
        public let name: String
        /// The value.
        public let value: Value

        /// Makes a field; nothing is checked here, see ``HTTPFields/firstMalformed``.
        public init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }
    }

    /// All fields in order.
    public private(set) var all: [Field] = []

    /// Makes an empty list.
    public init() {}

    /// Adds a field behind the others.
    public mutating func append(_ name: String, _ value: String) {
        append(name, .plain(value))
    }

    /// Adds a field behind the others.
    public mutating func append(_ name: String, _ value: Value) {
        all.append(Field(name, value))
    }

    /// Sets a field: all earlier ones of that name go.
    public mutating func set(_ name: String, _ value: String) {
        set(name, .plain(value))
    }

    /// Sets a field: all earlier ones of that name go.
    public mutating func set(_ name: String, _ value: Value) {
        remove(name)
        all.append(Field(name, value))
    }

    /// Removes every field of that name.
    public mutating func remove(_ name: String) {
        all.removeAll { equalIgnoringCase($0.name, name) }
    }

    /// The plain values of that name, in order.
    public func values(_ name: String) -> [String] {
        all.compactMap { field in
            guard equalIgnoringCase(field.name, name), case .plain(let text) = field.value else {
                return nil
            }
            return text
        }
    }

    /// The only plain value of that name; `nil` when there is none or more than one.
    public subscript(name: String) -> String? {
        var found: String?
        for field in all where equalIgnoringCase(field.name, name) {
            guard case .plain(let text) = field.value else { continue }
            guard found == nil else { return nil }
            found = text
        }
        return found
    }

    /// Whether there is a field of that name, plain or secret.
    public func contains(_ name: String) -> Bool {
        all.contains { equalIgnoringCase($0.name, name) }
    }

    /// The name of the first field that must not go on the wire: its name is no token (RFC 9110,
    /// section 5.6.2), or its value has a control character (section 5.5).
    ///
    /// Checked by every transport before any HTTP library sees a byte.
    public var firstMalformed: String? {
        all.first { field in
            guard !field.name.isEmpty, field.name.utf8.allSatisfy(isTokenCharacter) else {
                return true
            }
            switch field.value {
            case .plain(let text): return !text.utf8.allSatisfy(isFieldByte)
            case .secret(let secret):
                return !secret.withBytes { bytes in
                    bytes.indices.allSatisfy { isFieldByte(bytes[$0]) }
                }
            }
        }?.name
    }
}

/// Compares two ASCII texts without case.
package func equalIgnoringCase(_ first: String, _ second: String) -> Bool {
    let (first, second) = (first.utf8.span, second.utf8.span)
    guard first.count == second.count else { return false }
    return first.indices.allSatisfy { asciiLowercased(first[$0]) == asciiLowercased(second[$0]) }
}

/// Compares two ASCII texts without case.
package func equalIgnoringCase(_ first: some StringProtocol, _ second: some StringProtocol) -> Bool
{
    first.utf8.count == second.utf8.count
        && zip(first.utf8, second.utf8).allSatisfy { asciiLowercased($0) == asciiLowercased($1) }
}

package func asciiLowercased(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte + 0x20 : byte
}

/// `tchar` of RFC 9110, section 5.6.2.
package func isTokenCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
    default: false
    }
}

private func isFieldByte(_ byte: UInt8) -> Bool {
    byte == 0x09 || (byte >= 0x20 && byte != 0x7F)
}
