public import SesameJSON
public import SesameSecrets
public import SesameSystem

/// Writes a sealed copy of everything: `POST /v1/store/backup`.
///
/// The file is an age file (age-encryption.org/v1).
public struct BackupMessage: Sendable {
    /// Who can open it.
    public enum Seal: Sendable {
        /// The holders of these keys: `age1…`.
        case recipients([String])
        /// Whoever knows this.
        case passphrase(Secret)
    }

    /// The absolute path of the file to make; one that exists is never touched.
    public var path: String
    /// Who can open it.
    public var seal: Seal

    /// Makes a message.
    public init(path: String, seal: Seal) {
        self.path = path
        self.seal = seal
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        let recipients = try json.texts("recipients")
        let passphrase = try json.optionalSecret("passphrase")
        path = try json.text("path")
        switch (recipients.isEmpty, passphrase) {
        case (false, nil): seal = .recipients(recipients)
        case (true, let passphrase?): seal = .passphrase(passphrase)
        default: throw MalformedMessage("recipients: either these or a passphrase")
        }
    }

    /// The message as JSON.
    public var json: JSONValue {
        switch seal {
        case .recipients(let keys):
            .object([("path", .string(path)), ("recipients", .texts(keys))])
        case .passphrase(let passphrase):
            .object([("path", .string(path)), ("passphrase", .secret(passphrase))])
        }
    }
}

/// What was written: the answer to a ``BackupMessage``.
public struct BackupReportMessage: Sendable, Hashable {
    /// The file.
    public var path: String
    /// How many profiles it holds.
    public var profiles: Int64
    /// Its size.
    public var bytes: Int64
    /// The moment whose state it holds.
    public var madeAt: Timestamp
    /// Profiles that are damaged: it holds what is whole of them.
    public var damaged: [String] = []
    /// Whether there may have been more: the store's list of its profiles is damaged itself.
    public var incomplete = false
    /// Profiles whose newest tokens could not be saved yet, and that it holds with older ones.
    public var outdated: [String] = []

    /// Makes a message.
    public init(path: String, profiles: Int64, bytes: Int64, madeAt: Timestamp) {
        self.path = path
        self.profiles = profiles
        self.bytes = bytes
        self.madeAt = madeAt
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            path: try json.text("path"), profiles: try json.number("profiles"),
            bytes: try json.number("bytes"), madeAt: try json.moment("made_at"))
        damaged = try json.texts("damaged")
        incomplete = try json.flag("incomplete")
        outdated = try json.texts("outdated")
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("path", .string(path)), ("profiles", .integer(profiles)), ("bytes", .integer(bytes)),
            ("made_at", .string(madeAt.description)), ("damaged", .texts(damaged)),
            ("incomplete", .bool(incomplete)), ("outdated", .texts(outdated)),
        ])
    }
}

/// Takes a sealed copy in: `POST /v1/store/restore`.
public struct RestoreMessage: Sendable {
    /// The absolute path of the backup.
    public var path: String
    /// The absolute path of a file with `AGE-SECRET-KEY-1…`, for a backup to recipients.
    public var identityPath: String?
    /// The backup's passphrase.
    public var passphrase: Secret?
    /// Whether profiles that are there are replaced; else they are skipped.
    public var replace: Bool
    /// Whether logins are used at once: the other host does not use them any more.
    public var takeOver: Bool

    /// Makes a message.
    public init(
        path: String, identityPath: String? = nil, passphrase: Secret? = nil,
        replace: Bool = false, takeOver: Bool = false
    ) {
        self.path = path
        self.identityPath = identityPath
        self.passphrase = passphrase
        self.replace = replace
        self.takeOver = takeOver
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            path: try json.text("path"), identityPath: try json.optionalText("identity_path"),
            passphrase: try json.optionalSecret("passphrase"), replace: try json.flag("replace"),
            takeOver: try json.flag("take_over"))
        guard (identityPath == nil) != (passphrase == nil) else {
            throw MalformedMessage("identity_path: either this or a passphrase")
        }
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object(
            [("path", .string(path))]
                + given(
                    ("identity_path", identityPath.map(JSONValue.string)),
                    ("passphrase", passphrase.map(JSONValue.secret)))
                + [("replace", .bool(replace)), ("take_over", .bool(takeOver))])
    }
}

/// What was taken in: the answer to a ``RestoreMessage``.
public struct RestoreReportMessage: Sendable, Hashable {
    /// What became of the backup's configuration.
    public enum Configuration: String, Sendable {
        /// Its profiles that were not here were added.
        case written
        /// All its profiles were here; nothing was changed.
        case kept
        /// The backup has none.
        case none
    }

    /// The host that made the backup.
    public var host: String
    /// When it was made.
    public var madeAt: Timestamp
    /// Profiles that are new here.
    public var added: [String] = []
    /// Profiles that were there, and were replaced as asked for or because they were damaged.
    public var replaced: [String] = []
    /// Profiles that were there and were kept.
    public var skipped: [String] = []
    /// Those of the kept ones that were to be replaced, and have a newer login.
    public var newer: [String] = []
    /// Profiles whose login is not used before a person has confirmed it.
    public var parked: [String] = []
    /// What became of the configuration.
    public var configuration: Configuration

    /// Makes a message.
    public init(host: String, madeAt: Timestamp, configuration: Configuration) {
        self.host = host
        self.madeAt = madeAt
        self.configuration = configuration
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            host: try json.text("host"), madeAt: try json.moment("made_at"),
            configuration: try json.choice("configuration", Configuration.self))
        added = try json.texts("added")
        replaced = try json.texts("replaced")
        skipped = try json.texts("skipped")
        newer = try json.texts("newer")
        parked = try json.texts("parked")
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("host", .string(host)), ("made_at", .string(madeAt.description)),
            ("added", .texts(added)), ("replaced", .texts(replaced)),
            ("skipped", .texts(skipped)), ("newer", .texts(newer)), ("parked", .texts(parked)),
            ("configuration", .string(configuration.rawValue)),
        ])
    }
}

/// Confirms that no other host uses the restored logins: `POST /v1/store/confirmation`.
public struct ConfirmationMessage: Sendable, Hashable {
    /// Whose logins; `nil` for all that wait for it.
    public var profiles: [String]?

    /// Makes a message.
    public init(profiles: [String]? = nil) {
        self.profiles = profiles
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        profiles = json["profiles"] == nil ? nil : try json.texts("profiles")
    }

    /// The message as JSON; only what is given.
    public var json: JSONValue { .object(given(("profiles", profiles.map(JSONValue.texts)))) }
}

/// What was confirmed: the answer to a ``ConfirmationMessage``.
public struct ConfirmedMessage: Sendable, Hashable {
    /// Profiles whose login is used from now on.
    public var confirmed: [String]
    /// Profiles that are damaged: nobody knows whether they wait.
    public var damaged: [String]

    /// Makes a message.
    public init(confirmed: [String], damaged: [String] = []) {
        self.confirmed = confirmed
        self.damaged = damaged
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        confirmed = try json.texts("confirmed")
        damaged = try json.texts("damaged")
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([("confirmed", .texts(confirmed)), ("damaged", .texts(damaged))])
    }
}
