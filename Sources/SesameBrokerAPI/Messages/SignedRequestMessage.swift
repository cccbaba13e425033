public import SesameHTTP
public import SesameJSON
public import SesameSecrets

/// A request that the broker signs and sends: `POST /v1/profiles/{p}/requests`.
public struct SignedRequestMessage: Sendable {
    /// The method.
    public var method: String
    /// An absolute URL, or a path that begins with `/` and is taken below the profile's base URL.
    public var url: String
    /// Header fields besides those that sign it.
    public var headers: HTTPFields
    /// The content, or `nil`.
    public var body: Secret?
    /// The longest the exchange may take, in seconds.
    public var timeout: Int64

    /// Makes a message.
    public init(
        method: String, url: String, headers: HTTPFields = HTTPFields(), body: Secret? = nil,
        timeout: Int64 = 30
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }

    /// Reads a message; without `headers` and `timeout` it has the usual ones.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            method: try json.text("method"), url: try json.text("url"),
            headers: json["headers"] == nil
                ? HTTPFields() : try HTTPFields(json: json, areSecret: false),
            body: try json.optionalBytes("body"), timeout: try json.optionalNumber("timeout") ?? 30)
        guard (1...600).contains(timeout) else {
            throw MalformedMessage("timeout: not 1 to 600 seconds")
        }
        guard !method.isEmpty, method.utf8.allSatisfy(isTokenCharacter) else {
            throw MalformedMessage("method: not the name of a method")
        }
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("method", .string(method)), ("url", .string(url)), ("headers", headers.json),
            ("body", .optionalBytes(body)), ("timeout", .integer(timeout)),
        ])
    }
}

/// What the server answered to a signed request.
///
/// Redirects are answers too.
public struct SignedResponseMessage: Sendable {
    /// The status code.
    public var status: Int
    /// Header fields.
    public var headers: HTTPFields
    /// The content.
    public var body: Secret

    /// Makes a message.
    public init(status: Int, headers: HTTPFields, body: Secret) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        guard let status = Int(exactly: try json.number("status")), (100...599).contains(status)
        else {
            throw MalformedMessage("status: not a status code")
        }
        self.init(
            status: status, headers: try HTTPFields(json: json, areSecret: false),
            body: try json.optionalBytes("body") ?? Secret(copying: []))
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("status", .integer(Int64(status))), ("headers", headers.json),
            ("body", .optionalBytes(body)),
        ])
    }
}
