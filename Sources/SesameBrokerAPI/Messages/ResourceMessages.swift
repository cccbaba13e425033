public import SesameJSON

/// Asks what a protected resource says about itself: the content of `POST /v1/profiles/{p}/resource`.
public struct ResourceQuestionMessage: Sendable, Hashable {
    /// The resource's URL.
    public var resource: String
    /// A file of certificate authorities that replaces the system's.
    public var certificateAuthorityFile: String?

    /// Makes a message.
    public init(resource: String, certificateAuthorityFile: String? = nil) {
        self.resource = resource
        self.certificateAuthorityFile = certificateAuthorityFile
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            resource: try json.text("resource"),
            certificateAuthorityFile: try json.optionalText("ca_file"))
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object(
            [("resource", .string(resource))]
                + given(("ca_file", certificateAuthorityFile.map(JSONValue.string))))
    }
}

/// What a protected resource says about itself: the answer to `POST /v1/profiles/{p}/resource`.
public struct ResourceMessage: Sendable, Hashable {
    /// One of the authorization servers that it names.
    public struct Server: Sendable, Hashable {
        /// The server's issuer.
        public var issuer: String
        /// Whether a profile names it already.
        ///
        /// Any other is used once a person has agreed to it (RFC 9728, section 7.6).
        public var trusted: Bool

        /// Makes a server.
        public init(issuer: String, trusted: Bool) {
            self.issuer = issuer
            self.trusted = trusted
        }
    }

    /// The resource's identifier, as it spells it itself.
    public var resource: String
    /// Its name for people, where it has one.
    public var name: String?
    /// The scope to ask for, where it says so.
    public var scope: String?
    /// Whether it takes only tokens that are bound to a key.
    public var requiresDPoP: Bool
    /// The authorization servers whose tokens it takes; at least one.
    public var authorizationServers: [Server]

    /// Makes a message.
    public init(
        resource: String, name: String? = nil, scope: String? = nil, requiresDPoP: Bool = false,
        authorizationServers: [Server]
    ) {
        self.resource = resource
        self.name = name
        self.scope = scope
        self.requiresDPoP = requiresDPoP
        self.authorizationServers = authorizationServers
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            resource: try json.text("resource"), name: try json.optionalText("name"),
            scope: try json.optionalText("scope"), requiresDPoP: try json.flag("dpop_required"),
            authorizationServers: try json.list("authorization_servers") {
                server throws(MalformedMessage) in
                Server(issuer: try server.text("issuer"), trusted: try server.flag("trusted"))
            })
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("resource", .string(resource)), ("name", .optional(name)),
            ("scope", .optional(scope)), ("dpop_required", .bool(requiresDPoP)),
            (
                "authorization_servers",
                .array(
                    authorizationServers.map { server in
                        .object([
                            ("issuer", .string(server.issuer)), ("trusted", .bool(server.trusted)),
                        ])
                    })
            ),
        ])
    }
}
