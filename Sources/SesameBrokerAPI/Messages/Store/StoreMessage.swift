public import SesameJSON
public import SesameSystem

/// What is known of the store and its key: `GET /v1/store`.
public struct StoreMessage: Sendable, Hashable {
    /// Whether the store can be used.
    public enum State: String, Sendable, CaseIterable {
        /// It is open.
        case open
        /// It waits for a passphrase.
        case locked
        /// There is none yet.
        case absent
        /// It cannot be opened; ``StoreMessage/error`` says why.
        case unusable
    }

    /// Whether secrets in the broker's memory may reach the swap space.
    public enum Memory: String, Sendable, CaseIterable {
        /// They are locked in memory.
        case locked
        /// The system would not lock them.
        case notLocked = "not_locked"
        /// There is no place of their own for them.
        case absent
    }

    /// One generation of the keys inside the store.
    public struct Generation: Sendable, Hashable {
        /// Its number, counted from 1.
        public var generation: Int64
        /// When it was made.
        public var createdAt: Timestamp

        /// Makes a generation.
        public init(generation: Int64, createdAt: Timestamp) {
            self.generation = generation
            self.createdAt = createdAt
        }
    }

    /// How far a full rotation is that was begun and is not finished.
    public struct Progress: Sendable, Hashable {
        /// Profiles that are sealed anew.
        public var done: Int64
        /// Profiles in all.
        public var total: Int64

        /// Makes a progress.
        public init(done: Int64, total: Int64) {
            self.done = done
            self.total = total
        }
    }

    /// Where the store is.
    public var path: String
    /// Whether it can be used.
    public var state: State
    /// Why it cannot be opened.
    public var error: String?
    /// Where the store says that its key comes from; `nil` where there is no store.
    public var source: KeySourceMessage.Kind?
    /// Where the configuration says that it comes from.
    public var configured: KeySourceMessage.Kind
    /// The path of the key file, the name of the credential or the path of the program; never its
    /// arguments.
    public var detail: String
    /// What this source protects from, a sentence each.
    public var protects: [String] = []
    /// What it does not protect from, a sentence each.
    public var doesNotProtect: [String] = []
    /// How a passphrase becomes the key, such as `scrypt N=131072 r=8 p=1`.
    public var derivation: String?
    /// The keys inside the store.
    public var generations: [Generation] = []
    /// How far an unfinished full rotation is.
    public var resealing: Progress?
    /// How many profiles hold anything; `nil` while that cannot be read.
    public var profiles: Int64?
    /// The place that would notice an older copy of the store; `nil` where there is none.
    public var anchor: String?
    /// How secrets are kept in memory.
    public var memory: Memory
    /// Until when the passphrase need not be given again.
    public var unlockedUntil: Timestamp?

    /// Makes a message that knows the least.
    public init(
        path: String, state: State, configured: KeySourceMessage.Kind, detail: String,
        memory: Memory
    ) {
        self.path = path
        self.state = state
        self.configured = configured
        self.detail = detail
        self.memory = memory
    }
}

extension StoreMessage {
    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            path: try json.text("path"), state: try json.choice("state", State.self),
            configured: try json.choice("configured", KeySourceMessage.Kind.self),
            detail: try json.text("detail"), memory: try json.choice("memory", Memory.self))
        error = try json.optionalText("error")
        source =
            json["source"] == nil ? nil : try json.choice("source", KeySourceMessage.Kind.self)
        protects = try json.texts("protects")
        doesNotProtect = try json.texts("does_not_protect")
        derivation = try json.optionalText("derivation")
        generations = try json.list("generations") { element throws(MalformedMessage) in
            Generation(
                generation: try element.number("generation"),
                createdAt: try element.moment("created_at"))
        }
        if let progress = json["resealing"] {
            resealing = Progress(
                done: try progress.number("done"), total: try progress.number("total"))
        }
        profiles = try json.optionalNumber("profiles")
        anchor = try json.optionalText("anchor")
        unlockedUntil = try json.time("unlocked_until")
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("path", .string(path)), ("state", .string(state.rawValue)),
            ("error", .optional(error)), ("source", .optional(source?.rawValue)),
            ("configured", .string(configured.rawValue)), ("detail", .string(detail)),
            ("protects", .texts(protects)), ("does_not_protect", .texts(doesNotProtect)),
            ("derivation", .optional(derivation)),
            (
                "generations",
                .array(
                    generations.map {
                        .object([
                            ("generation", .integer($0.generation)),
                            ("created_at", .string($0.createdAt.description)),
                        ])
                    })
            ),
            (
                "resealing",
                resealing.map {
                    .object([("done", .integer($0.done)), ("total", .integer($0.total))])
                } ?? .null
            ),
            ("profiles", .optional(profiles)), ("anchor", .optional(anchor)),
            ("memory", .string(memory.rawValue)), ("unlocked_until", .optional(unlockedUntil)),
        ])
    }
}
