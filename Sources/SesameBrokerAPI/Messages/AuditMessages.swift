public import SesameJSON
public import SesameSecrets
public import SesameSystem

/// One record of the audit trail.
public struct AuditRecordMessage: Sendable, Hashable {
    /// Its number.
    public var sequence: Int64
    /// When it was written.
    public var time: Timestamp
    /// What was asked for, such as `token`.
    public var action: String
    /// `granted`, or the code of the problem.
    public var outcome: String
    /// The profile, where it is about one.
    public var profile: String?
    /// Who asked; `nil` where nobody did, or nothing is known.
    public var caller: Caller?
    /// Scheme, host, port and path that the credential was for.
    public var destination: String?
    /// The method of the request that it was for.
    public var method: String?
    /// The scope of the token.
    public var scope: String?
    /// By which the token can be recognised.
    public var fingerprint: String?
    /// How many repeats it stands for.
    public var count: Int64?
    /// When the first of them was.
    public var since: Timestamp?
    /// When the last of them was.
    public var until: Timestamp?
    /// What the trail says of itself.
    public var detail: String?
    /// Its hash.
    public var hash: String

    /// A process, as the kernel and the broker's policy see it.
    public struct Caller: Sendable, Hashable {
        /// Its user.
        public var uid: Int64
        /// Its group; `nil` where the kernel told the user alone.
        public var gid: Int64?
        /// Its number; `nil` where the record stands for several.
        public var pid: Int64?
        /// Its program, where that is known.
        public var executable: String?
        /// Its systemd unit, where that is known.
        public var unit: String?
        /// The rule of the policy that decided.
        public var rule: String?
    }

    /// Reads a message; members that this version does not know are left out.
    public init(json: JSON) throws(MalformedMessage) {
        sequence = try json.number("seq")
        time = try json.moment("time")
        action = try json.text("action")
        outcome = try json.text("outcome")
        profile = try json.optionalText("profile")
        caller = try json["caller"].map { caller throws(MalformedMessage) in try Caller(caller) }
        destination = try json.optionalText("destination")
        method = try json.optionalText("method")
        scope = try json.optionalText("scope")
        fingerprint = try json.optionalText("fingerprint")
        count = try json.optionalNumber("count")
        since = try json.time("since")
        until = try json.time("until")
        detail = try json.optionalText("detail")
        hash = try json.text("hash")
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("seq", .integer(sequence)), ("time", .string(time.description)),
            ("action", .string(action)), ("outcome", .string(outcome)),
            ("profile", .optional(profile)), ("caller", caller?.json ?? .null),
            ("destination", .optional(destination)), ("method", .optional(method)),
            ("scope", .optional(scope)), ("fingerprint", .optional(fingerprint)),
            ("count", .optional(count)), ("since", .optional(since)),
            ("until", .optional(until)), ("detail", .optional(detail)),
            ("hash", .string(hash)),
        ])
    }
}

extension AuditRecordMessage.Caller {
    fileprivate init(_ json: JSON) throws(MalformedMessage) {
        uid = try json.number("uid")
        gid = try json.optionalNumber("gid")
        pid = try json.optionalNumber("pid")
        executable = try json.optionalText("executable")
        unit = try json.optionalText("unit")
        rule = try json.optionalText("rule")
    }

    fileprivate var json: JSONValue {
        .object([
            ("uid", .integer(uid)), ("gid", .optional(gid)), ("pid", .optional(pid)),
            ("executable", .optional(executable)), ("unit", .optional(unit)),
            ("rule", .optional(rule)),
        ])
    }
}

/// Records of the trail, the oldest first: `GET /v1/audit`.
public struct AuditRecordsMessage: Sendable, Hashable {
    /// The records.
    public var records: [AuditRecordMessage]

    /// Makes a message.
    public init(records: [AuditRecordMessage]) {
        self.records = records
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        records = try json.list("records") { element throws(MalformedMessage) in
            try AuditRecordMessage(json: element)
        }
    }

    /// The message as JSON.
    public var json: JSONValue { .object([("records", .array(records.map(\.json)))]) }
}

/// A token whose fingerprint is wanted, and the answer: `POST /v1/audit/fingerprint`.
public struct FingerprintMessage: Sendable, Hashable {
    /// 32 hexadecimal digits.
    public var fingerprint: String

    /// Makes a message.
    public init(fingerprint: String) {
        self.fingerprint = fingerprint
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        fingerprint = try json.text("fingerprint")
    }

    /// The message as JSON.
    public var json: JSONValue { .object([("fingerprint", .string(fingerprint))]) }

    /// The question.
    public static func question(about token: Secret) -> JSONValue {
        .object([("token", .secret(token))])
    }

    /// The token in a question.
    public static func token(in json: JSON) throws(MalformedMessage) -> Secret {
        let token = try json.secret("token")
        guard !token.isEmpty else { throw MalformedMessage("token: it is empty") }
        return token
    }
}
