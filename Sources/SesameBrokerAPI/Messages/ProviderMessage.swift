public import SesameJSON

/// What a preset says of one kind of server: an element of `GET /v1/providers`.
public struct ProviderMessage: Sendable, Hashable {
    /// The words that `provider =` takes.
    public var names: [String]
    /// What people call it.
    public var title: String
    /// What a profile has to say besides.
    public var needs: [Need]
    /// What the preset stands for, as a profile would have to say it; addresses may have blanks.
    public var settings: Settings
    /// The page where a client is registered.
    public var registrationPage: String?
    /// The redirect URI to register.
    public var redirectURI: String?
    /// Whether a login needs a client secret.
    public var needsClientSecret = false
    /// Whether it is known where the API is.
    public var knowsAPI = false
    /// Words that a login's scope gets besides the profile's own, for a refresh token.
    public var loginScope: [String] = []
    /// What becomes of PKCE: `supported`, `ignored`, `refused` or `not_known`.
    public var pkce = "not_known"
    /// How long an access token lives.
    public var accessLifetime = Lifetime.notKnown
    /// How long a login lives, however often it is renewed.
    public var loginLifetime = Lifetime.notKnown
    /// How long a login lives that is not renewed.
    public var idleLifetime = Lifetime.notKnown
    /// Whether a renewal spends the refresh token: `always`, `never`, `configurable` or `not_known`.
    public var rotation = "not_known"
    /// What somebody should know who registers a client.
    public var notes: [String] = []
    /// Where this is from.
    public var sources: [Source] = []
    /// The month in which the sources were read, such as `2026-11`.
    public var lookedUp: String

    /// Makes a message.
    public init(
        names: [String], title: String, needs: [Need], settings: Settings, lookedUp: String
    ) {
        self.names = names
        self.title = title
        self.needs = needs
        self.settings = settings
        self.lookedUp = lookedUp
    }

    /// A key that the profile has to give.
    public struct Need: Sendable, Hashable {
        /// The key.
        public var key: String
        /// What its value looks like, with blanks in capitals; `nil` where it may be anything.
        public var form: String?
        /// What to write into them.
        public var blanks: [Blank]

        /// Makes a need.
        public init(_ key: String, form: String? = nil, blanks: [Blank] = []) {
            self.key = key
            self.form = form
            self.blanks = blanks
        }

        /// The value, its blanks filled by their names.
        public func filled(_ values: [String: String]) -> String? {
            form.map { form in
                blanks.reduce(form) { text, blank in
                    text.split(separator: blank.name, omittingEmptySubsequences: false)
                        .joined(separator: values[blank.name] ?? blank.name)
                }
            }
        }
    }

    /// A part of an address that stands for something.
    public struct Blank: Sendable, Hashable {
        /// How it is written in the address.
        public var name: String
        /// What to write there, in words.
        public var meaning: String
        /// An example.
        public var example: String

        /// Makes a blank.
        public init(name: String, meaning: String, example: String) {
            self.name = name
            self.meaning = meaning
            self.example = example
        }
    }

    /// How long something lives.
    public enum Lifetime: Sendable, Hashable {
        /// So many seconds.
        case seconds(Int64)
        /// No end is set for it.
        case untilRevoked
        /// As somebody has set it at the server.
        case configurable
        /// Not known.
        case notKnown
    }

    /// A page that was read.
    public struct Source: Sendable, Hashable {
        /// Where it is.
        public var url: String
        /// What it was read for.
        public var facts: String

        /// Makes a source.
        public init(url: String, facts: String) {
            self.url = url
            self.facts = facts
        }
    }
}

extension ProviderMessage {
    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            names: try json.texts("names"), title: try json.text("title"),
            needs: try json.list("needs", Need.init(json:)),
            settings: try json["settings"].map(Settings.init(json:)) ?? Settings(),
            lookedUp: try json.text("looked_up"))
        registrationPage = try json["register"]?.optionalText("page")
        redirectURI = try json["register"]?.optionalText("redirect_uri")
        needsClientSecret = try json.flag("client_secret_needed")
        knowsAPI = try json.flag("api_known")
        loginScope = try json.texts("login_scope")
        pkce = try json.text("pkce")
        accessLifetime = Lifetime(json: json["lifetimes"]?["access_token"])
        loginLifetime = Lifetime(json: json["lifetimes"]?["login"])
        idleLifetime = Lifetime(json: json["lifetimes"]?["idle"])
        rotation = try json.text("rotation")
        notes = try json.texts("notes")
        sources = try json.list("sources") { json throws(MalformedMessage) in
            Source(url: try json.text("url"), facts: try json.text("facts"))
        }
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("names", .texts(names)), ("title", .string(title)),
            ("needs", .array(needs.map(\.json))), ("settings", settings.json),
            (
                "register",
                .object([
                    ("page", .optional(registrationPage)), ("redirect_uri", .optional(redirectURI)),
                ])
            ),
            ("client_secret_needed", .bool(needsClientSecret)), ("api_known", .bool(knowsAPI)),
            ("login_scope", .texts(loginScope)), ("pkce", .string(pkce)),
            (
                "lifetimes",
                .object([
                    ("access_token", accessLifetime.json), ("login", loginLifetime.json),
                    ("idle", idleLifetime.json),
                ])
            ),
            ("rotation", .string(rotation)), ("notes", .texts(notes)),
            (
                "sources",
                .array(
                    sources.map {
                        .object([("url", .string($0.url)), ("facts", .string($0.facts))])
                    })
            ),
            ("looked_up", .string(lookedUp)),
        ])
    }
}

extension ProviderMessage.Need {
    fileprivate init(json: JSON) throws(MalformedMessage) {
        self.init(
            try json.text("key"), form: try json.optionalText("form"),
            blanks: try json.list("blanks") { json throws(MalformedMessage) in
                ProviderMessage.Blank(
                    name: try json.text("name"), meaning: try json.text("meaning"),
                    example: try json.text("example"))
            })
    }

    fileprivate var json: JSONValue {
        .object([
            ("key", .string(key)), ("form", .optional(form)),
            (
                "blanks",
                .array(
                    blanks.map {
                        .object([
                            ("name", .string($0.name)), ("meaning", .string($0.meaning)),
                            ("example", .string($0.example)),
                        ])
                    })
            ),
        ])
    }
}

extension ProviderMessage.Lifetime {
    /// What a later version may say is not known to this one.
    fileprivate init(json: JSON?) {
        switch (json?.integer, json?.string) {
        case (let seconds?, _): self = .seconds(seconds)
        case (_, "until_revoked"): self = .untilRevoked
        case (_, "configurable"): self = .configurable
        default: self = .notKnown
        }
    }

    fileprivate var json: JSONValue {
        switch self {
        case .seconds(let seconds): .integer(seconds)
        case .untilRevoked: "until_revoked"
        case .configurable: "configurable"
        case .notKnown: .null
        }
    }
}

/// All presets: `GET /v1/providers`.
public struct ProvidersMessage: Sendable, Hashable {
    /// In the order of the table.
    public var providers: [ProviderMessage]

    /// Makes a message.
    public init(providers: [ProviderMessage]) {
        self.providers = providers
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        providers = try json.list("providers", ProviderMessage.init(json:))
    }

    /// The message as JSON.
    public var json: JSONValue { .object([("providers", .array(providers.map(\.json)))]) }
}

/// The words that `provider =` takes, for whoever cannot ask: help and completion.
///
/// `GET /v1/providers` has them too, with all else.
public enum ProviderNames {
    /// In the order of the table.
    public static let all = [
        "generic", "mautic", "aivie", "github", "gitlab", "google", "microsoft", "entra",
        "atlassian", "jira", "confluence", "salesforce", "hubspot", "slack", "keycloak", "auth0",
        "okta", "zoho", "linkedin", "dropbox",
    ]
}
