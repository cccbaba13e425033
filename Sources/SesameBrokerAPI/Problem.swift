public import SesameHTTP
public import SesameJSON

/// What went wrong, in the form of RFC 9457 and with a code that scripts may rely on.
///
/// The broker answers with it, and ``BrokerClient`` throws it, for its own failures too.
public struct Problem: Error, Sendable, Hashable {
    /// What kind of problem it is.
    ///
    /// The list is closed: every code has its exit code in the contract.
    public enum Code: String, Sendable, CaseIterable {
        /// Sesame itself failed.
        case `internal`
        /// The request is not one that can be answered.
        case usage
        /// The configuration is wrong.
        case configuration
        /// There is no profile of that name.
        case unknownProfile = "unknown_profile"
        /// A person must log in.
        case loginRequired = "login_required"
        /// The store is locked.
        case storeLocked = "store_locked"
        /// The store has no key.
        case keyMissing = "key_missing"
        /// The key is not the one of this store.
        case keyWrong = "key_wrong"
        /// The key exists and cannot be read.
        case keyUnreadable = "key_unreadable"
        /// Network, time-out, an answer of 5xx or 429: trying again later may help.
        case temporary
        /// The store cannot be written, so nothing that would have to be kept is begun.
        case storeUnwritable = "store_unwritable"
        /// The audit trail cannot be written, and the configuration says that it must.
        case auditUnwritable = "audit_unwritable"
        /// This profile's credentials may not be sent there.
        case destinationRefused = "destination_refused"
        /// This caller is not served, or the broker is not one to be trusted.
        case callerRefused = "caller_refused"
        /// This caller has asked too often; later it may again.
        case rateLimited = "rate_limited"
        /// The server refused for good.
        case serverRefused = "server_refused"
        /// The address that came back from the browser does not belong to this login.
        case badCallback = "bad_callback"
        /// The store is damaged or was tampered with.
        case storeDamaged = "store_damaged"
        /// The store is an older copy of itself.
        case storeRolledBack = "store_rolled_back"
    }

    /// How the exchange with the server ended that a request asked for.
    ///
    /// It speaks of that request alone, never of a token request that came before it.
    public struct Transport: Sendable, Hashable {
        /// The kind of failure.
        public let code: TransportError.Code
        /// Whether the server may have acted on the request; `false` is a proof that it has not.
        public let mayHaveBeenSent: Bool
    }

    /// The kind of problem.
    public let code: Code
    /// The HTTP status it is answered with.
    public let status: Int
    /// What happened this time, in words for a person; never a secret.
    public let detail: String
    /// What may help, a sentence each.
    public let hints: [String]
    /// How the exchange with the server ended, when it is that which failed.
    public let transport: Transport?
    /// Seconds after which trying again makes sense: the field `Retry-After` (RFC 9110, section 10.2.3).
    public var retryAfter: Int64?

    /// Makes a problem.
    ///
    /// The status is the code's own unless another is given.
    /// - Parameter transport: what became of the request that was to be sent, if it failed itself.
    public init(
        _ code: Code, _ detail: String, hints: [String] = [], status: Int? = nil,
        transport: TransportError? = nil
    ) {
        self.init(
            code, detail, hints, status,
            transport.map { Transport(code: $0.code, mayHaveBeenSent: $0.mayHaveBeenSent) })
    }

    /// The same problem, answered with another status.
    package func answered(with status: Int) -> Problem {
        var problem = Problem(code, detail, hints, status, transport)
        problem.retryAfter = retryAfter
        return problem
    }

    private init(
        _ code: Code, _ detail: String, _ hints: [String], _ status: Int?, _ transport: Transport?
    ) {
        self.code = code
        self.status = status ?? code.status
        self.detail = detail
        self.hints = hints
        self.transport = transport
    }
}

extension Problem {
    /// Reads a problem.
    ///
    /// A code that this version does not know, and one that is missing, is `internal`.
    public init(json: JSON) throws(MalformedMessage) {
        let words = [try json.optionalText("detail"), try json.optionalText("title")]
        self.init(
            json["code"]?.string.flatMap(Code.init(rawValue:)) ?? .internal,
            words.compactMap(\.self).first ?? "the broker failed",
            try json.texts("hints"),
            try json.optionalNumber("status").flatMap { Int(exactly: $0) },
            try Transport(json: json))
    }

    /// The problem as `application/problem+json`.
    ///
    /// `code`, `hints` and, where there is a ``transport``, its two are extension members (RFC 9457,
    /// section 3.2).
    public var json: JSONValue {
        var members: [(String, JSONValue)] = [
            ("type", "about:blank"), ("title", .string(code.title)),
            ("status", .integer(Int64(status))),
            ("detail", .string(detail)), ("code", .string(code.rawValue)), ("hints", .texts(hints)),
        ]
        if let transport {
            members.append(("transport", .string(transport.code.name)))
            members.append(("may_have_been_sent", .bool(transport.mayHaveBeenSent)))
        }
        return .object(members)
    }

    /// The media type of ``json``.
    public static let mediaType = "application/problem+json"
}

extension Problem.Transport {
    /// Reads the two members; `nil` where they are not.
    ///
    /// A kind that this version does not know is `other`, and silence about the sending proves
    /// nothing.
    fileprivate init?(json: JSON) throws(MalformedMessage) {
        guard let name = try json.optionalText("transport") else { return nil }
        code = transportCodes.first { $0.name == name } ?? .other
        mayHaveBeenSent =
            json["may_have_been_sent"] == nil ? true : try json.flag("may_have_been_sent")
    }
}

private let transportCodes: [TransportError.Code] = [
    .badRequest, .unknownHost, .cannotConnect, .addressRefused, .tls, .timeout, .connectionLost,
    .badResponse,
    .cancelled, .refused, .other,
]

extension Problem.Code {
    /// The HTTP status that goes with the code.
    public var status: Int {
        switch self {
        case .usage: 400
        case .destinationRefused, .callerRefused: 403
        case .rateLimited: 429
        case .unknownProfile: 404
        case .loginRequired, .badCallback: 409
        case .configuration: 422
        case .internal, .storeDamaged, .storeRolledBack: 500
        case .serverRefused: 502
        case .storeLocked, .keyMissing, .keyWrong, .keyUnreadable, .temporary: 503
        case .storeUnwritable, .auditUnwritable: 507
        }
    }

    /// The kind of problem in words that never change.
    public var title: String {
        switch self {
        case .internal: "Sesame failed"
        case .usage: "The request cannot be answered"
        case .configuration: "The configuration is wrong"
        case .unknownProfile: "There is no such profile"
        case .loginRequired: "A person must log in"
        case .storeLocked: "The store is locked"
        case .keyMissing: "The store key is missing"
        case .keyWrong: "The store key is wrong"
        case .keyUnreadable: "The store key cannot be read"
        case .temporary: "It did not work this time"
        case .storeUnwritable: "The store cannot be written"
        case .auditUnwritable: "The audit trail cannot be written"
        case .destinationRefused: "The destination is not allowed"
        case .callerRefused: "The caller is not allowed"
        case .rateLimited: "The caller has asked too often"
        case .serverRefused: "The server refused"
        case .badCallback: "The answer does not belong to this login"
        case .storeDamaged: "The store is damaged"
        case .storeRolledBack: "The store is an older copy"
        }
    }
}
