public import SesameJSON
public import SesameSecrets
public import SesameSystem

/// Makes a profile, or changes what is given: the content of `PUT /v1/profiles/{p}`.
public struct ProfileChangeMessage: Sendable {
    /// The keys to change; one without values is removed.
    public var settings: Settings
    /// The client secret, if it changes.
    public var clientSecret: Secret?
    /// A further client secret, which is tried where those before it are refused.
    public var addedClientSecret: Secret?
    /// When the given client secret ends; `nil` for one without an end.
    public var clientSecretExpiresAt: Timestamp?
    /// The user's name for HTTP Basic, if it changes.
    public var username: Secret?
    /// The user's password for HTTP Basic, if it changes.
    public var password: Secret?
    /// Whether the client is to be registered at the server, which gives it its id (RFC 7591).
    public var register = false
    /// For a server that registers nobody without one.
    public var initialAccessToken: Secret?

    /// Makes a message that changes settings only.
    public init(settings: Settings = Settings()) {
        self.settings = settings
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        guard json.isObject else { throw MalformedMessage("not an object") }
        self.init(settings: try json["settings"].map(Settings.init(json:)) ?? Settings())
        clientSecret = try json.optionalSecret("client_secret")
        addedClientSecret = try json.optionalSecret("added_client_secret")
        clientSecretExpiresAt = try json.time("client_secret_expires_at")
        username = try json.optionalSecret("username")
        password = try json.optionalSecret("password")
        register = try json.flag("register")
        initialAccessToken = try json.optionalSecret("initial_access_token")
    }

    /// The message as JSON; only what is given.
    public var json: JSONValue {
        var members: [(String, JSONValue)] = [("settings", settings.json)]
        if let clientSecret { members.append(("client_secret", .secret(clientSecret))) }
        if let addedClientSecret {
            members.append(("added_client_secret", .secret(addedClientSecret)))
        }
        if clientSecretExpiresAt != nil {
            members.append(("client_secret_expires_at", .optional(clientSecretExpiresAt)))
        }
        if let username { members.append(("username", .secret(username))) }
        if let password { members.append(("password", .secret(password))) }
        if register { members.append(("register", .bool(true))) }
        if let initialAccessToken {
            members.append(("initial_access_token", .secret(initialAccessToken)))
        }
        return .object(members)
    }
}

/// A profile as it is after a change: the answer to `PUT /v1/profiles/{p}`.
public struct ProfileMessage: Sendable, Hashable {
    /// The profile's name.
    public var profile: String
    /// Whether it is new.
    public var created: Bool
    /// The configuration's name of the grant.
    public var grant: String
    /// All settings, with those that the provider's preset gives.
    public var settings: Settings
    /// The redirect URI to register at the provider, where there is one.
    public var redirectURI: String?
    /// What looks wrong, a sentence each: the profile is kept all the same.
    public var warnings: [String] = []
    /// What to do at the provider, a step each.
    public var instructions: [String] = []
    /// Whether nothing is missing for a login or, where no person is needed, for a token.
    public var ready: Bool

    /// Makes a message.
    public init(profile: String, created: Bool, grant: String, settings: Settings, ready: Bool) {
        self.profile = profile
        self.created = created
        self.grant = grant
        self.settings = settings
        self.ready = ready
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            profile: try json.text("profile"), created: try json.flag("created"),
            grant: try json.text("grant"),
            settings: try json["settings"].map(Settings.init(json:)) ?? Settings(),
            ready: try json.flag("ready"))
        redirectURI = try json["register"]?.optionalText("redirect_uri")
        warnings = try json.texts("warnings")
        instructions = try json.texts("instructions")
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("profile", .string(profile)), ("created", .bool(created)), ("grant", .string(grant)),
            ("settings", settings.json),
            ("register", .object([("redirect_uri", .optional(redirectURI))])),
            ("warnings", .texts(warnings)), ("instructions", .texts(instructions)),
            ("ready", .bool(ready)),
        ])
    }
}
