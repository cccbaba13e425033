public import SesameHTTP
public import SesameJSON
public import SesameSecrets
public import SesameSystem

/// An access token: `GET /v1/profiles/{p}/token`.
public struct TokenMessage: Sendable {
    /// The profile's name.
    public var profile: String
    /// The token.
    public var accessToken: Secret
    /// The token type, such as `Bearer`.
    public var tokenType: String
    /// Until when it is valid; `nil` where the server does not say.
    public var expiresAt: Timestamp?
    /// Its scope; `nil` where the server does not say.
    public var scope: String?
    /// Whether the token may be of use only to who shows the profile's certificate (RFC 8705, section 3).
    public var needsCertificate = false

    /// Makes a message.
    public init(
        profile: String, accessToken: Secret, tokenType: String, expiresAt: Timestamp?,
        scope: String?
    ) {
        self.profile = profile
        self.accessToken = accessToken
        self.tokenType = tokenType
        self.expiresAt = expiresAt
        self.scope = scope
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            profile: try json.text("profile"), accessToken: try json.secret("access_token"),
            tokenType: try json.text("token_type"), expiresAt: try json.time("expires_at"),
            scope: try json.optionalText("scope"))
        needsCertificate = json["needs_certificate"]?.bool ?? false
    }

    /// The message as JSON; `needs_certificate` only where it is so.
    public var json: JSONValue {
        .object(
            [
                ("profile", .string(profile)), ("access_token", .secret(accessToken)),
                ("token_type", .string(tokenType)), ("expires_at", .optional(expiresAt)),
                ("scope", .optional(scope)),
            ] + (needsCertificate ? [("needs_certificate", .bool(true))] : []))
    }
}

/// The header fields to add to one request: `GET /v1/profiles/{p}/headers`.
public struct HeadersMessage: Sendable {
    /// The destination as it was understood: send to this one.
    public var url: String
    /// The fields; all values count as secret.
    public var headers: HTTPFields
    /// Whether the request must come over a connection on which the profile's certificate is shown.
    public var needsCertificate = false

    /// Makes a message.
    public init(url: String, headers: HTTPFields) {
        self.url = url
        self.headers = headers
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        url = try json.text("url")
        headers = try HTTPFields(json: json, areSecret: true)
        needsCertificate = json["needs_certificate"]?.bool ?? false
    }

    /// The message as JSON; `needs_certificate` only where it is so.
    public var json: JSONValue {
        .object(
            [("url", .string(url)), ("headers", headers.json)]
                + (needsCertificate ? [("needs_certificate", .bool(true))] : []))
    }
}

extension HTTPFields {
    /// Reads the member `headers`: an array of objects with `name` and `value`.
    init(json: JSON, areSecret: Bool) throws(MalformedMessage) {
        self.init()
        guard let elements = json["headers"]?.elements else {
            throw MalformedMessage("headers: a list is missing")
        }
        for element in elements {
            let name = try element.text("name")
            if areSecret {
                append(name, .secret(try element.secret("value")))
            } else {
                append(name, try element.text("value"))
            }
        }
        if firstMalformed != nil { throw MalformedMessage("headers: not a header field") }
    }

    /// An array of objects with `name` and `value`.
    var json: JSONValue {
        .array(
            all.map { field in
                let value: JSONValue =
                    switch field.value {
                    case .plain(let text): .string(text)
                    case .secret(let secret): .secret(secret)
                    }
                return .object([("name", .string(field.name)), ("value", value)])
            })
    }
}
