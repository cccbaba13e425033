public import SesameJSON
public import SesameSecrets
public import SesameSystem

/// Makes the store and its key: `POST /v1/store/key`.
public struct KeyStartMessage: Sendable {
    /// Where the key comes from; `nil` as the configuration says.
    public var source: KeySourceMessage?
    /// The passphrase, for a source of that kind.
    public var passphrase: Secret?

    /// Makes a message.
    public init(source: KeySourceMessage? = nil, passphrase: Secret? = nil) {
        self.source = source
        self.passphrase = passphrase
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        source = try json["source"].map { json throws(MalformedMessage) in
            try KeySourceMessage(json: json)
        }
        passphrase = try json.optionalSecret("passphrase")
    }

    /// The message as JSON; only what is given.
    public var json: JSONValue {
        .object(given(("source", source?.json), ("passphrase", passphrase.map(JSONValue.secret))))
    }
}

/// Unlocks a store that has a passphrase: `POST /v1/store/unlock`.
public struct UnlockMessage: Sendable {
    /// The passphrase.
    public var passphrase: Secret
    /// For how long it need not be given again, in seconds; `nil` as the configuration says.
    public var seconds: Int64?

    /// Makes a message.
    public init(passphrase: Secret, seconds: Int64? = nil) {
        self.passphrase = passphrase
        self.seconds = seconds
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            passphrase: try json.secret("passphrase"), seconds: try json.optionalNumber("seconds"))
        if let seconds, !(1...31_536_000).contains(seconds) {
            throw MalformedMessage("seconds: not 1 to 31536000")
        }
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object(
            given(("passphrase", .secret(passphrase)), ("seconds", seconds.map(JSONValue.integer))))
    }
}

/// The store is unlocked: the answer to an ``UnlockMessage``.
public struct UnlockedMessage: Sendable, Hashable {
    /// Whether the kernel's keyring remembers it for brokers that start later.
    ///
    /// Where it does not, the store is open for as long as this broker runs.
    public var cached: Bool
    /// Until when it is remembered; `nil` where that has no end before the broker's.
    public var until: Timestamp?

    /// Makes a message.
    public init(cached: Bool, until: Timestamp?) {
        self.cached = cached
        self.until = until
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        guard try json.flag("unlocked") else { throw MalformedMessage("unlocked: not true") }
        self.init(cached: try json.flag("cached"), until: try json.time("until"))
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([("unlocked", .bool(true)), ("cached", .bool(cached)), ("until", .optional(until))])
    }
}

/// The store is locked: the answer to `POST /v1/store/lock`.
public struct LockedMessage: Sendable, Hashable {
    /// Makes a message.
    public init() {}

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        guard try json.flag("locked") else { throw MalformedMessage("locked: not true") }
    }

    /// The message as JSON.
    public var json: JSONValue { .object([("locked", .bool(true))]) }
}

/// Changes the key of the store: `POST /v1/store/rotation`.
public struct RotationMessage: Sendable {
    /// Whether everything in the store is sealed anew too.
    public var full: Bool
    /// Where the key comes from now on; `nil` as before.
    public var source: KeySourceMessage?
    /// The new passphrase, for a source of that kind.
    public var passphrase: Secret?
    /// Whether this goes on with a full rotation that was begun: no new key is made.
    public var continues: Bool

    /// Makes a message.
    public init(full: Bool = false, source: KeySourceMessage? = nil, passphrase: Secret? = nil) {
        self.full = full
        self.source = source
        self.passphrase = passphrase
        continues = false
    }

    /// The message that goes on with a full rotation.
    public static var continuation: RotationMessage {
        var message = RotationMessage()
        message.continues = true
        return message
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        let key = try KeyStartMessage(json: json)
        self.init(full: try json.flag("full"), source: key.source, passphrase: key.passphrase)
        continues = try json.flag("continue")
        guard !continues || !full && source == nil && passphrase == nil else {
            throw MalformedMessage("continue: goes with nothing else")
        }
    }

    /// The message as JSON; only what is given.
    public var json: JSONValue {
        if continues { return .object([("continue", .bool(true))]) }
        return .object(
            [("full", .bool(full))]
                + given(("source", source?.json), ("passphrase", passphrase.map(JSONValue.secret))))
    }
}

/// How far a rotation is: the answer to a ``RotationMessage``.
public struct RotationReportMessage: Sendable, Hashable {
    /// Whether nothing is left to do.
    public var finished: Bool
    /// Profiles that are sealed anew.
    public var done: Int64
    /// Profiles in all; 0 where nothing was to be sealed anew.
    public var total: Int64
    /// Where the key comes from now.
    public var source: KeySourceMessage.Kind
    /// Whether it is the key of before, from the same place or another.
    public var sameKey = false
    /// Profiles that are damaged and could not be sealed anew.
    public var damaged: [String] = []
    /// What the person should know or do, a sentence each.
    public var notes: [String] = []

    /// Makes a message.
    public init(finished: Bool, done: Int64, total: Int64, source: KeySourceMessage.Kind) {
        self.finished = finished
        self.done = done
        self.total = total
        self.source = source
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            finished: try json.flag("finished"), done: try json.number("done"),
            total: try json.number("total"),
            source: try json.choice("source", KeySourceMessage.Kind.self))
        sameKey = try json.flag("same_key")
        damaged = try json.texts("damaged")
        notes = try json.texts("notes")
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("finished", .bool(finished)), ("done", .integer(done)), ("total", .integer(total)),
            ("source", .string(source.rawValue)), ("same_key", .bool(sameKey)),
            ("damaged", .texts(damaged)), ("notes", .texts(notes)),
        ])
    }
}
