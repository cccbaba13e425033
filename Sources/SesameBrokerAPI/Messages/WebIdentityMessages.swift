public import SesameJSON
public import SesameSecrets
public import SesameSystem

/// A wish for temporary keys of a security token service: `POST /v1/profiles/{p}/web-identity`.
public struct WebIdentityMessage: Sendable {
    /// The service, such as `https://sts.amazonaws.com/`; one of the profile's destinations.
    public var endpoint: String
    /// The role that is to be taken.
    public var roleARN: String
    /// By which the session can be recognised in the service's own logs.
    public var sessionName: String
    /// Seconds that the keys shall last; `nil` for what the service gives.
    public var duration: Int64?

    /// Makes a message.
    public init(endpoint: String, roleARN: String, sessionName: String, duration: Int64? = nil) {
        self.endpoint = endpoint
        self.roleARN = roleARN
        self.sessionName = sessionName
        self.duration = duration
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            endpoint: try json.text("endpoint"), roleARN: try json.text("role_arn"),
            sessionName: try json.text("session_name"),
            duration: try json.optionalNumber("duration"))
        guard duration.map({ (900...43_200).contains($0) }) ?? true else {
            throw MalformedMessage("duration: not 900 to 43200 seconds")
        }
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("endpoint", .string(endpoint)), ("role_arn", .string(roleARN)),
            ("session_name", .string(sessionName)), ("duration", .optional(duration)),
        ])
    }
}

/// Temporary keys of a security token service.
public struct TemporaryKeysMessage: Sendable {
    /// The profile whose token they were given for.
    public var profile: String
    /// The name of the key.
    public var accessKeyID: Secret
    /// The key.
    public var secretAccessKey: Secret
    /// What goes with every request that is signed with the key.
    public var sessionToken: Secret
    /// Until when they are valid.
    public var expiresAt: Timestamp

    /// Makes a message.
    public init(
        profile: String, accessKeyID: Secret, secretAccessKey: Secret, sessionToken: Secret,
        expiresAt: Timestamp
    ) {
        self.profile = profile
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiresAt = expiresAt
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            profile: try json.text("profile"), accessKeyID: try json.secret("access_key_id"),
            secretAccessKey: try json.secret("secret_access_key"),
            sessionToken: try json.secret("session_token"), expiresAt: try json.moment("expires_at")
        )
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("profile", .string(profile)), ("access_key_id", .secret(accessKeyID)),
            ("secret_access_key", .secret(secretAccessKey)),
            ("session_token", .secret(sessionToken)), ("expires_at", .optional(expiresAt)),
        ])
    }
}
