public import SesameJSON

/// What a client says about itself: at its registration (RFC 7591, section 2), or in a document of its own whose URL is
/// its id (OAuth Client ID Metadata Document).
public struct ClientMetadata: Sendable {
    /// Where browsers come back to: at this machine without a port, since any will do (RFC 8252, section 7.3).
    public var redirectURIs: [String]
    /// How the client shows the token endpoint who it is.
    public var authenticationMethod: String
    /// How it gets tokens.
    public var grantTypes: [String]
    /// What it asks for.
    public var scope: String?
    /// What people see when they are asked.
    public var name = "Sesame"
    /// Its public keys, where it signs, or shows a certificate that nobody vouches for.
    public var publicKeys: [JSONValue] = []
    /// Whom its certificate names, where that is how it shows who it is (RFC 8705, section 2.1.2).
    public var certificateSubject: String?
    /// What the server is to insist on.
    public var requirements: Set<Requirement> = []

    /// What the server is to insist on for this client, by the name of its member.
    public enum Requirement: String, Sendable, CaseIterable {
        /// Tokens are bound to a key (RFC 9449, section 5.2).
        case keyBoundTokens = "dpop_bound_access_tokens"
        /// Authorization requests are pushed (RFC 9126, section 6).
        case pushedRequests = "require_pushed_authorization_requests"
        /// Authorization requests are signed (RFC 9101, section 10.5).
        case signedRequests = "require_signed_request_object"
    }

    /// Describes a client.
    public init(
        redirectURIs: [String], authenticationMethod: String, grantTypes: [String],
        scope: String? = nil
    ) {
        self.redirectURIs = redirectURIs
        self.authenticationMethod = authenticationMethod
        self.grantTypes = grantTypes
        self.scope = scope
    }

    /// The document to register.
    public var json: JSONValue { .object(members) }

    /// The document to publish at a URL, which becomes the client's id.
    public func document(at url: String) -> JSONValue {
        .object([("client_id", .string(url))] + members)
    }

    private var members: [(String, JSONValue)] {
        let hasCode = grantTypes.contains("authorization_code")
        var members: [(String, JSONValue)] = [("client_name", .string(name))]
        if !redirectURIs.isEmpty { members.append(("redirect_uris", array(redirectURIs))) }
        members += [
            ("grant_types", array(grantTypes)),
            ("response_types", array(hasCode ? ["code"] : [])),
            ("token_endpoint_auth_method", .string(authenticationMethod)),
            // A loopback redirect URI is for native clients only (OpenID Connect Registration, section 2).
            ("application_type", "native"),
        ]
        if let scope { members.append(("scope", .string(scope))) }
        if !publicKeys.isEmpty {
            members.append(("jwks", .object([("keys", .array(publicKeys))])))
        }
        if let certificateSubject {
            members.append(("tls_client_auth_subject_dn", .string(certificateSubject)))
        }
        return members
            + Requirement.allCases.filter(requirements.contains).map { ($0.rawValue, .bool(true)) }
    }
}

func array(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
