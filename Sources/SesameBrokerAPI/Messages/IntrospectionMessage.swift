public import SesameJSON
public import SesameSystem

/// What the server says about the token that a profile holds: `POST /v1/profiles/{p}/introspection`.
public struct IntrospectionMessage: Sendable, Hashable {
    /// The profile.
    public var profile: String
    /// Whether the token is good; of one that is not, nothing else is said.
    public var active: Bool
    /// What it may do.
    public var scope: String?
    /// Whom it was given to.
    public var clientID: String?
    /// How it is used.
    public var tokenType: String?
    /// When it ends.
    public var expiresAt: Timestamp?

    /// Makes a message.
    public init(
        profile: String, active: Bool, scope: String? = nil, clientID: String? = nil,
        tokenType: String? = nil, expiresAt: Timestamp? = nil
    ) {
        self.profile = profile
        self.active = active
        self.scope = scope
        self.clientID = clientID
        self.tokenType = tokenType
        self.expiresAt = expiresAt
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            profile: try json.text("profile"), active: try json.flag("active"),
            scope: try json.optionalText("scope"), clientID: try json.optionalText("client_id"),
            tokenType: try json.optionalText("token_type"),
            expiresAt: try json.time("expires_at"))
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("profile", .string(profile)), ("active", .bool(active)), ("scope", .optional(scope)),
            ("client_id", .optional(clientID)), ("token_type", .optional(tokenType)),
            ("expires_at", .optional(expiresAt)),
        ])
    }
}
