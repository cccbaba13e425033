public import SesameHTTP
public import SesameSecrets
public import SesameSystem

/// A signed statement about who shall have access (RFC 7523, section 2.1): for service accounts.
public struct JWTBearerGrant: Grant {
    /// `urn:ietf:params:oauth:grant-type:jwt-bearer`.
    public static let type = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    private let assertion: Secret
    private let scope: String?
    private let resource: [String]

    /// Makes a grant.
    /// - Parameter assertion: the statement, made for this one request, or by somebody else for a while.
    public init(assertion: Secret, scope: String? = nil, resource: [String] = []) {
        self.assertion = assertion
        self.scope = scope
        self.resource = resource
    }

    /// `assertion`, and `scope` and `resource` where given.
    public func encode(into form: inout FormParameters) throws(OAuthError) {
        guard isToken68(assertion) else {
            throw OAuthError(.badParameter, "the assertion is no JWT")
        }
        form.append("assertion", assertion)
        try append(scope: scope, resource: resource, to: &form)
    }
}

/// No word of who the client is: the assertion of the grant says enough (RFC 7521, section 4.1).
public struct AnonymousClient: ClientAuthentication {
    /// Makes the method; it has no state.
    public init() {}

    /// Adds nothing beside an assertion, and else `client_id`, as any public client does.
    public func authenticate(
        _ form: inout FormParameters, _ fields: inout HTTPFields, clientID: String,
        server: AuthorizationServer, endpoint: HTTPURL, at now: Timestamp
    ) {
        if !form.contains("assertion") { form.append("client_id", clientID) }
    }
}
