public import SesameJSON
public import SesameSecrets
public import SesameSystem

/// A login of another program: `POST /v1/imports`.
///
/// With ``profile`` a profile is made of one account; without it the accounts are listed and nothing is stored.
public struct ImportMessage: Sendable {
    /// A program whose logins can be taken over.
    public enum Peer: String, Sendable, CaseIterable {
        /// What `oidc-gen --print` prints.
        case oidcAgent = "oidc-agent"
        /// `application_default_credentials.json`, or an `adc.json`.
        case gcloud
        /// The token file of `mutt_oauth2.py`, decrypted.
        case muttOAuth2 = "mutt_oauth2"
        /// `emailproxy.config`.
        case emailProxy = "email-oauth2-proxy"
        /// What `pizauth dump` prints.
        case pizauth
    }

    /// The program.
    public var peer: Peer
    /// What it keeps, as it stands in its file.
    public var content: Secret
    /// Which account in the file; what the account is called, where the file does not say it.
    public var account: String?
    /// The profile to make.
    public var profile: String?
    /// What the secrets in the file are sealed with.
    public var password: Secret?
    /// What counts more than what the file says.
    public var settings = Settings()
    /// The client secret, where the file has none or another counts.
    public var clientSecret: Secret?
    /// Whether the login is renewed once, to see whether it works.
    public var check = true

    /// Makes a message.
    public init(peer: Peer, content: Secret) {
        self.peer = peer
        self.content = content
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        guard let content = try json.optionalBytes("content") else {
            throw MalformedMessage("content: base64url is missing")
        }
        self.init(peer: try json.choice("peer", Peer.self), content: content)
        account = try json.optionalText("account")
        profile = try json.optionalText("profile")
        password = try json.optionalSecret("password")
        settings = try json["settings"].map(Settings.init(json:)) ?? Settings()
        clientSecret = try json.optionalSecret("client_secret")
        check = json["check"] == nil ? true : try json.flag("check")
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object(
            [("peer", .string(peer.rawValue)), ("content", .optionalBytes(content))]
                + given(
                    ("account", account.map(JSONValue.string)),
                    ("profile", profile.map(JSONValue.string)),
                    ("password", password.map(JSONValue.secret)),
                    ("client_secret", clientSecret.map(JSONValue.secret)))
                + [("settings", settings.json), ("check", .bool(check))])
    }
}

/// The accounts in a file: the answer to an ``ImportMessage`` that names no profile.
public struct ImportableAccountsMessage: Sendable, Hashable {
    /// One of them.
    public struct Account: Sendable, Hashable {
        /// What the other program calls it.
        public var account: String
        /// What its profile would say.
        public var settings: Settings
        /// Whether a password is needed.
        public var sealed: Bool
        /// Why it cannot be taken over; `nil` where it can.
        public var obstacle: String?

        /// Makes an account.
        public init(account: String, settings: Settings, sealed: Bool, obstacle: String? = nil) {
            self.account = account
            self.settings = settings
            self.sealed = sealed
            self.obstacle = obstacle
        }
    }

    /// All of them, in the order of the file.
    public var accounts: [Account]

    /// Makes a message.
    public init(accounts: [Account]) {
        self.accounts = accounts
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        accounts = try json.list("accounts") { json throws(MalformedMessage) in
            Account(
                account: try json.text("account"),
                settings: try json["settings"].map(Settings.init(json:)) ?? Settings(),
                sealed: try json.flag("sealed"), obstacle: try json.optionalText("obstacle"))
        }
    }

    /// The message as JSON.
    public var json: JSONValue {
        let list = accounts.map { account in
            JSONValue.object([
                ("account", .string(account.account)), ("settings", account.settings.json),
                ("sealed", .bool(account.sealed)), ("obstacle", .optional(account.obstacle)),
            ])
        }
        return .object([("accounts", .array(list))])
    }
}

/// What was taken over: the answer to an ``ImportMessage`` that names a profile.
public struct ImportedMessage: Sendable, Hashable {
    /// What the other program calls the account.
    public var account: String
    /// The profile that was made.
    public var profile: String
    /// Its settings.
    public var settings: Settings
    /// Whether the server has renewed the login.
    public var checked: Bool
    /// Whether it gave another refresh token then, so that the other program's is spent; `nil` where nobody knows.
    public var rotated: Bool?
    /// What the tokens may do, where that is known.
    public var scope: String?
    /// When the access token ends, where there is one.
    public var expiresAt: Timestamp?
    /// What looks wrong, a sentence each: the profile is kept all the same.
    public var warnings: [String] = []

    /// Makes a message.
    public init(account: String, profile: String, settings: Settings, checked: Bool) {
        self.account = account
        self.profile = profile
        self.settings = settings
        self.checked = checked
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            account: try json.text("account"), profile: try json.text("profile"),
            settings: try json["settings"].map(Settings.init(json:)) ?? Settings(),
            checked: try json.flag("checked"))
        rotated = json["rotated"] == nil ? nil : try json.flag("rotated")
        scope = try json.optionalText("scope")
        expiresAt = try json.time("expires_at")
        warnings = try json.texts("warnings")
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("account", .string(account)), ("profile", .string(profile)),
            ("settings", settings.json), ("checked", .bool(checked)),
            ("rotated", rotated.map(JSONValue.bool) ?? .null), ("scope", .optional(scope)),
            ("expires_at", .optional(expiresAt)), ("warnings", .texts(warnings)),
        ])
    }
}
