public import SesameSecrets

/// A request to the broker, one level above HTTP.
public struct BrokerRequest: Sendable {
    /// The method.
    public var method: String
    /// Path and query, percent-encoded, beginning with `/`.
    public var target: String
    /// The JSON content, or `nil`.
    public var body: Secret?
    /// The longest to wait for the whole answer, in seconds.
    public var timeout: Int64

    /// Makes a request.
    public init(_ method: String, _ target: String, body: Secret? = nil, timeout: Int64 = 120) {
        self.method = method
        self.target = target
        self.body = body
        self.timeout = timeout
    }
}

/// The broker's answer.
public struct BrokerAnswer: Sendable {
    /// The status code.
    public var status: Int
    /// The content; a secret because it may hold a token.
    public var body: Secret

    /// Makes an answer.
    public init(status: Int, body: Secret = Secret(copying: [])) {
        self.status = status
        self.body = body
    }
}

/// A way to the broker: a socket, or a test's script.
public protocol BrokerConnection: Sendable {
    /// Sends one request and waits for its answer; one at a time.
    /// - Throws: a ``Problem`` when there is no usable answer.
    func exchange(_ request: BrokerRequest) throws(Problem) -> BrokerAnswer
    /// Whether the broker at the other end was started for this connection, and knows of no other.
    var isExclusive: Bool { get }
}

extension BrokerConnection {
    /// As a rule, others may talk to the broker too.
    public var isExclusive: Bool { false }
}
