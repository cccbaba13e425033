public import SesameJSON
public import SesameSecrets

/// What a person is asked to agree to, in detail (RFC 9396): a list of objects, each of some type.
public struct AuthorizationDetails: Sendable {
    /// The list as JSON without blanks, as it is sent.
    public let text: String
    private let elements: [JSON]

    /// Reads a list.
    /// - Throws: ``OAuthError`` with `badParameter` unless it is an array of objects that each have a `type`.
    public init(parsing source: Secret) throws(OAuthError) {
        guard let json = try? JSON(parsing: source) else { throw Self.malformed }
        try self.init(json)
    }

    /// Reads a list that is part of another document.
    /// - Throws: as above.
    public init(_ json: JSON) throws(OAuthError) {
        guard let elements = json.elements, (1...maximumElements).contains(elements.count),
            elements.allSatisfy({ $0.isObject && $0["type"]?.string?.isEmpty == false })
        else { throw Self.malformed }
        let text = JSONValue(json).encoded().dangerouslyRevealedText()
        guard text.utf8.count <= maximumBytes else { throw Self.malformed }
        self.text = text
        self.elements = elements
    }

    /// The list as JSON.
    public var json: JSONValue { .array(elements.map { JSONValue($0) }) }

    /// Whether each of these is granted, by an object that says the same.
    ///
    /// The order of members and of texts in a list does not matter, and a server may say more (RFC 9396, section 7.1).
    public func covers(_ asked: AuthorizationDetails) -> Bool {
        asked.elements.allSatisfy { wanted in elements.contains { says($0, wanted) } }
    }

    private static let malformed = OAuthError(
        .badParameter, "authorization_details are no JSON array of objects that each have a type")
}

/// Whether a value has all that the other has.
private func says(_ granted: JSON, _ wanted: JSON) -> Bool {
    if let members = wanted.members {
        return members.allSatisfy { name, value in
            value.isNull || granted[name].map { says($0, value) } ?? false
        }
    }
    if let elements = wanted.elements {
        guard let others = granted.elements else { return false }
        return elements.allSatisfy { element in others.contains { says($0, element) } }
    }
    return JSONValue(granted).encoded().equals(JSONValue(wanted).encoded())
}

private let maximumElements = 50
private let maximumBytes = 32_768
