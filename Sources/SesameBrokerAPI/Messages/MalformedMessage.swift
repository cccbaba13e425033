import SesameJSON
import SesameSecrets
import SesameSystem

/// A message that lacks something, or has something in a wrong form.
public struct MalformedMessage: Error, Sendable, Hashable, CustomStringConvertible {
    /// Words for a person; they name the member, never its value.
    public let description: String

    /// Makes the error.
    public init(_ description: String) {
        self.description = description
    }
}

extension JSON {
    /// A member that must be a text.
    func text(_ name: String) throws(MalformedMessage) -> String {
        guard let text = self[name]?.string else {
            throw MalformedMessage("\(name): a text is missing")
        }
        return text
    }

    /// A member that is a text, `null` or missing.
    func optionalText(_ name: String) throws(MalformedMessage) -> String? {
        guard let member = self[name] else { return nil }
        guard let text = member.string else { throw MalformedMessage("\(name): not a text") }
        return text
    }

    /// A member that must be a text and may be a secret.
    func secret(_ name: String) throws(MalformedMessage) -> Secret {
        guard let secret = self[name]?.secret else {
            throw MalformedMessage("\(name): a text is missing")
        }
        return secret
    }

    /// A member that is a secret text, `null` or missing.
    func optionalSecret(_ name: String) throws(MalformedMessage) -> Secret? {
        self[name] == nil ? nil : try secret(name)
    }

    /// A member that must be a whole number.
    func number(_ name: String) throws(MalformedMessage) -> Int64 {
        guard let number = self[name]?.integer else {
            throw MalformedMessage("\(name): a whole number is missing")
        }
        return number
    }

    /// A member that is a whole number, `null` or missing.
    func optionalNumber(_ name: String) throws(MalformedMessage) -> Int64? {
        self[name] == nil ? nil : try number(name)
    }

    /// A member that is `true`, `false`, or missing, which counts as `false`.
    func flag(_ name: String) throws(MalformedMessage) -> Bool {
        guard let member = self[name] else { return false }
        guard let flag = member.bool else { throw MalformedMessage("\(name): not true or false") }
        return flag
    }

    /// A member that is a time in RFC 3339 (UTC), `null` or missing.
    func time(_ name: String) throws(MalformedMessage) -> Timestamp? {
        guard let text = try optionalText(name) else { return nil }
        guard let time = Timestamp(text) else { throw MalformedMessage("\(name): not a time") }
        return time
    }

    /// A member that must be a time in RFC 3339 (UTC).
    func moment(_ name: String) throws(MalformedMessage) -> Timestamp {
        guard let time = try time(name) else {
            throw MalformedMessage("\(name): a time is missing")
        }
        return time
    }

    /// A member that is an array, or missing, which counts as empty.
    func list<Element>(
        _ name: String, _ read: (JSON) throws(MalformedMessage) -> Element
    ) throws(MalformedMessage) -> [Element] {
        guard let member = self[name] else { return [] }
        guard let elements = member.elements else { throw MalformedMessage("\(name): not a list") }
        return try elements.map(read)
    }

    /// A member that is an array of texts, or missing, which counts as empty.
    func texts(_ name: String) throws(MalformedMessage) -> [String] {
        try list(name) { element throws(MalformedMessage) in
            guard let text = element.string else {
                throw MalformedMessage("\(name): not a list of texts")
            }
            return text
        }
    }

    /// A member whose text is one of an enum's.
    func choice<Choice: RawRepresentable<String>>(
        _ name: String, _: Choice.Type
    ) throws(MalformedMessage) -> Choice {
        guard let choice = Choice(rawValue: try text(name)) else {
            throw MalformedMessage("\(name): not one of the known values")
        }
        return choice
    }

    /// A member that is base64url of bytes, `null` or missing.
    func optionalBytes(_ name: String) throws(MalformedMessage) -> Secret? {
        guard let text = try optionalSecret(name) else { return nil }
        guard let bytes = text.withBytes({ Base64URL.decode($0) }) else {
            throw MalformedMessage("\(name): not base64url without padding")
        }
        return bytes
    }
}

/// Those members that have a value.
func given(_ members: (String, JSONValue?)...) -> [(String, JSONValue)] {
    members.compactMap { name, value in value.map { (name, $0) } }
}

extension JSONValue {
    /// A time in RFC 3339 (UTC), or `null`.
    static func optional(_ time: Timestamp?) -> JSONValue { optional(time?.description) }

    /// An array of texts.
    static func texts(_ texts: [String]) -> JSONValue { array(texts.map(JSONValue.string)) }

    /// Bytes as base64url, or `null`.
    static func optionalBytes(_ bytes: Secret?) -> JSONValue {
        guard let bytes else { return .null }
        var out = SecretBuffer(capacity: bytes.count * 4 / 3 + 4)
        bytes.withBytes { Base64URL.encode($0, into: &out) }
        return .secret(Secret(out))
    }
}
