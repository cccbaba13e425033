public import SesameJSON
public import SesameSecrets
public import SesameSystem

/// A credential for one destination: `GET /v1/credential`.
public struct CredentialMessage: Sendable {
    /// What kind of credential it is.
    public enum Kind: String, Sendable {
        /// An access token, with a user name for tools that want one beside it.
        case bearer
        /// A user name and a password.
        case basic
    }

    /// The profile that the destination is for.
    public var profile: String
    /// What kind of credential it is.
    public var type: Kind
    /// The user name.
    public var username: Secret
    /// The token or the password.
    public var secret: Secret
    /// Until when it is valid; `nil` where nobody says.
    public var expiresAt: Timestamp?
    /// Its scope; `nil` where the server does not say.
    public var scope: String?

    /// Makes a message.
    public init(
        profile: String, type: Kind, username: Secret, secret: Secret, expiresAt: Timestamp?,
        scope: String?
    ) {
        self.profile = profile
        self.type = type
        self.username = username
        self.secret = secret
        self.expiresAt = expiresAt
        self.scope = scope
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            profile: try json.text("profile"), type: try json.choice("type", Kind.self),
            username: try json.secret("username"), secret: try json.secret("secret"),
            expiresAt: try json.time("expires_at"), scope: try json.optionalText("scope"))
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("profile", .string(profile)), ("type", .string(type.rawValue)),
            ("username", .secret(username)), ("secret", .secret(secret)),
            ("expires_at", .optional(expiresAt)), ("scope", .optional(scope)),
        ])
    }
}

/// A credential that its destination has refused: `POST /v1/credential/rejection`.
public struct RejectionMessage: Sendable {
    /// Where it was refused.
    public var url: String
    /// The profile that it is of; `nil` to find it by the destination.
    public var profile: String?
    /// The token or the password.
    public var secret: Secret

    /// Makes a message.
    public init(url: String, profile: String? = nil, secret: Secret) {
        self.url = url
        self.profile = profile
        self.secret = secret
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            url: try json.text("url"), profile: try json.optionalText("profile"),
            secret: try json.secret("secret"))
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("url", .string(url)), ("profile", .optional(profile)), ("secret", .secret(secret)),
        ])
    }
}

/// What was done about a credential that was refused.
public struct RejectionAnswerMessage: Sendable {
    /// The profile that the destination is for.
    public var profile: String
    /// Whether it was the held one, which has another in its place now.
    public var isReplaced: Bool

    /// Makes a message.
    public init(profile: String, isReplaced: Bool) {
        self.profile = profile
        self.isReplaced = isReplaced
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(profile: try json.text("profile"), isReplaced: try json.flag("replaced"))
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([("profile", .string(profile)), ("replaced", .bool(isReplaced))])
    }
}
