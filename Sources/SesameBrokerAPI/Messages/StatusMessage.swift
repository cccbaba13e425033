public import SesameJSON
public import SesameSecrets
public import SesameSystem

/// What is known of a profile: `GET /v1/profiles/{p}`.
public struct StatusMessage: Sendable, Hashable {
    /// Whether a token can be had.
    public enum State: String, Sendable {
        /// A token is there or can be had without a person.
        case ready
        /// A person must log in.
        case loginRequired = "login_required"
        /// A renewal is under way.
        case renewing
        /// Something that the profile needs is missing, such as its client secret.
        case notSetUp = "not_set_up"
    }

    /// How the end of a login is known.
    public enum LoginExpirySource: String, Sendable {
        /// The server has said it.
        case server
        /// It is the usual lifetime at this kind of server.
        case preset
        /// Earlier logins of the profile have ended at this age.
        case learned
    }

    /// The profile's name.
    public var profile: String
    /// The configuration's name of the grant, such as `authorization_code` or `basic`.
    public var grant: String
    /// Whether a token can be had.
    public var state: State
    /// Until when the held access token is valid.
    public var accessExpiresAt: Timestamp?
    /// Until when tokens can be had without a person.
    public var loginExpiresAt: Timestamp?
    /// How that is known.
    public var loginExpirySource: LoginExpirySource?
    /// When the access token was last renewed.
    public var lastRenewedAt: Timestamp?
    /// What went wrong last, in words.
    public var lastError: String?
    /// What will go wrong if nobody does anything, in words.
    public var warnings: [String] = []
    /// What the login was granted in detail, as JSON (RFC 9396), where the server said so.
    public var authorizationDetails: String?
    /// How its token files stand, where a broker that lasts was asked and there are any.
    public var files: [FileStatus] = []
    /// The profile's settings, where one profile was asked for.
    public var settings: Settings?

    /// Makes a message that knows nothing but the state.
    public init(profile: String, grant: String, state: State) {
        self.profile = profile
        self.grant = grant
        self.state = state
    }
}

extension StatusMessage {
    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            profile: try json.text("profile"), grant: try json.text("grant"),
            state: try json.choice("state", State.self))
        accessExpiresAt = try json.time("access_expires_at")
        loginExpiresAt = try json.time("login_expires_at")
        loginExpirySource = try json.optionalText("login_expiry_source").flatMap {
            LoginExpirySource(rawValue: $0)
        }
        lastRenewedAt = try json.time("last_renewed_at")
        lastError = try json.optionalText("last_error")
        warnings = json["warnings"]?.elements?.compactMap(\.string) ?? []
        authorizationDetails = json["authorization_details"].map {
            JSONValue($0).encoded().dangerouslyRevealedText()
        }
        files = try (json["files"]?.elements ?? []).map { element throws(MalformedMessage) in
            try FileStatus(json: element)
        }
        if let settings = json["settings"] { self.settings = try Settings(json: settings) }
    }

    private var details: JSONValue? {
        let source = authorizationDetails.map { Secret(utf8: $0) }
        return source.flatMap { try? JSON(parsing: $0) }.map { JSONValue($0) }
    }

    /// The message as JSON; `login_expiry_source`, `warnings`, `authorization_details`, `files` and `settings` only where they are known.
    public var json: JSONValue {
        .object(
            [
                ("profile", .string(profile)), ("grant", .string(grant)),
                ("state", .string(state.rawValue)),
                ("access_expires_at", .optional(accessExpiresAt)),
                ("login_expires_at", .optional(loginExpiresAt)),
                ("last_renewed_at", .optional(lastRenewedAt)), ("last_error", .optional(lastError)),
            ] + (loginExpirySource.map { [("login_expiry_source", .string($0.rawValue))] } ?? [])
                + (warnings.isEmpty
                    ? [] : [("warnings", .array(warnings.map { .string($0) }))])
                + (details.map { [("authorization_details", $0)] } ?? [])
                + (files.isEmpty ? [] : [("files", .array(files.map(\.json)))])
                + (settings.map { [("settings", $0.json)] } ?? []))
    }
}

/// All profiles: `GET /v1/profiles`.
public struct ProfilesMessage: Sendable, Hashable {
    /// A status each.
    public var profiles: [StatusMessage]

    /// Makes a message.
    public init(profiles: [StatusMessage]) {
        self.profiles = profiles
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        guard let elements = json["profiles"]?.elements else {
            throw MalformedMessage("profiles: a list is missing")
        }
        profiles = try elements.map { element throws(MalformedMessage) in
            try StatusMessage(json: element)
        }
    }

    /// The message as JSON.
    public var json: JSONValue { .object([("profiles", .array(profiles.map(\.json)))]) }

    /// Writes the message profile by profile: a hundred thousand of them take no more than their text.
    public struct Writer: ~Copyable {
        private var out = SecretBuffer()
        private var isEmpty = true

        /// Begins a message.
        public init() { out.append(#"{"profiles":["#) }

        /// Adds the status of a profile.
        public mutating func append(_ status: StatusMessage) {
            if !isEmpty { out.append(",") }
            isEmpty = false
            status.json.write(to: &out)
        }

        /// The JSON text of the whole message.
        public consuming func finish() -> Secret {
            out.append("]}")
            return Secret(out)
        }
    }
}

/// The names of the profiles: `GET /v1/profiles?names=true`.
///
/// They stand where they stand in ``ProfilesMessage``, so that a broker which does not know the
/// question yet answers it as well.
public struct ProfileNamesMessage: Sendable, Hashable {
    /// In the order of the configuration.
    public var names: [String]

    /// Makes a message.
    public init(names: [String]) {
        self.names = names
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        guard let elements = json["profiles"]?.elements else {
            throw MalformedMessage("profiles: a list is missing")
        }
        names = try elements.map { element throws(MalformedMessage) in
            guard let name = element["profile"]?.string else {
                throw MalformedMessage("profiles: a name is missing")
            }
            return name
        }
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([("profiles", .array(names.map { .object([("profile", .string($0))]) }))])
    }
}

/// That the broker runs: `GET /v1/health`.
public struct HealthMessage: Sendable, Hashable {
    /// `ok`.
    public var status: String
    /// The broker's version.
    public var version: String

    /// Makes a message.
    public init(status: String = "ok", version: String) {
        self.status = status
        self.version = version
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(status: try json.text("status"), version: try json.text("version"))
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([("status", .string(status)), ("version", .string(version))])
    }
}
