public import SesameSecrets

/// A request to be sent by an ``HTTPTransport``.
public struct HTTPRequest: Sendable {
    /// How the request may use connections.
    public enum Connection: Sendable {
        /// A connection of its own, never used before or after. For every token request: an HTTP
        /// library may silently send a POST again when a reused connection dies, which would replay
        /// a single-use refresh token.
        case fresh
        /// Any connection to the same origin.
        case reusable
    }

    /// Which machines a request may reach.
    public enum Addresses: Sendable {
        /// Whatever the name leads to.
        case any
        /// Those of the public internet: not this machine, not the network around it, and not what a cloud answers on
        /// 169.254.169.254.
        ///
        /// For a URL that somebody else has written (RFC 9728, section 7.7). Each address that the name leads to is
        /// looked at when a connection to it is to be made, so that no second answer of the name service comes between.
        case publicOnly
    }

    /// The method, such as `POST`; a token (RFC 9110, section 9.1).
    public var method: String
    /// Where it goes.
    public var url: HTTPURL
    /// Header fields.
    ///
    /// `Host` and `Content-Length` are the transport's.
    public var fields = HTTPFields()
    /// The content, or `nil`.
    ///
    /// It is a secret because it may hold one.
    public var body: Secret?
    /// How connections may be used.
    public var connection = Connection.fresh
    /// Which machines it may reach.
    public var addresses = Addresses.any
    /// The longest the whole exchange may take, in seconds.
    public var timeout: Int64 = 30
    /// The most bytes of content the answer may have; beyond it the exchange fails.
    public var maximumResponseBytes = 1 << 20
    /// A PEM file that replaces the system's certificate authorities.
    public var certificateAuthorityFile: String?
    /// What is shown to a server that asks for the client's certificate, and to no other.
    ///
    /// A connection that was made with another one, or with none, is never used for it.
    public var clientCertificate: ClientCertificate?

    /// Makes a request without content.
    public init(_ method: String, _ url: HTTPURL) {
        self.method = method
        self.url = url
    }

    /// Whether the answer to such a method is the request itself, and so would show the credential in it
    /// (RFC 9110, section 9.3.8), or no answer of the API at all.
    package static func mayEcho(_ method: String) -> Bool {
        ["TRACE", "TRACK", "CONNECT"].contains(method.uppercased())
    }
}

/// An answer.
///
/// Redirects are answers too: no transport ever follows one.
public struct HTTPResponse: Sendable {
    /// The status code, 200 … 599.
    public var status: Int
    /// Header fields.
    public var fields: HTTPFields
    /// The content; a secret because it may hold a token.
    public var body: Secret

    /// Makes an answer.
    public init(status: Int, fields: HTTPFields = HTTPFields(), body: Secret = Secret(copying: []))
    {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The media type without parameters, in lower case; empty when missing or repeated.
    public var mediaType: String {
        let field = fields["Content-Type"] ?? ""
        let bare = field.split(separator: ";", omittingEmptySubsequences: false).first ?? ""
        return String(
            decoding: bare.utf8.filter { $0 != 0x20 && $0 != 0x09 }.map(asciiLowercased),
            as: UTF8.self)
    }
}

/// What sends requests: libcurl, a broker, or a test's script.
public protocol HTTPTransport: Sendable {
    /// Sends one request, exactly once.
    /// - Throws: ``TransportError``, which says whether the server may have seen the request.
    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse
}

/// An exchange without a usable answer.
public struct TransportError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    public struct Code: Hashable, Sendable {
        /// A stable name for logs.
        public let name: String
        private init(_ name: String) { self.name = name }

        /// The request itself is malformed or not allowed; nothing was sent.
        public static let badRequest = Code("bad_request")
        /// The host name has no address.
        public static let unknownHost = Code("unknown_host")
        /// Nobody answers at that address.
        public static let cannotConnect = Code("cannot_connect")
        /// The host name leads to addresses that this request must not reach.
        public static let addressRefused = Code("address_refused")
        /// The server's certificate or the TLS handshake was not accepted.
        public static let tls = Code("tls")
        /// The server wants a certificate of the client's, or not the one that was shown.
        public static let clientCertificate = Code("client_certificate")
        /// The deadline passed.
        public static let timeout = Code("timeout")
        /// The connection ended early.
        public static let connectionLost = Code("connection_lost")
        /// The answer was larger than allowed, or malformed.
        public static let badResponse = Code("bad_response")
        /// The task was cancelled.
        public static let cancelled = Code("cancelled")
        /// The broker, which was to send the request, refused or failed.
        public static let refused = Code("refused")
        /// Anything else, such as a library that is not installed.
        public static let other = Code("other")
    }

    /// The kind of failure.
    public let code: Code
    /// Words for a person; never a secret.
    public let message: String
    /// Whether the server may have acted on the request.
    ///
    /// `false` is a proof that it has not.
    public let mayHaveBeenSent: Bool

    /// Makes an error.
    public init(_ code: Code, _ message: String, mayHaveBeenSent: Bool) {
        self.code = code
        self.message = message
        self.mayHaveBeenSent = mayHaveBeenSent
    }

    /// Code and words.
    public var description: String { "\(code.name): \(message)" }
}
