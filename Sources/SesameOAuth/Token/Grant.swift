public import SesameHTTP
public import SesameSecrets

/// What is exchanged for tokens at the token endpoint (RFC 6749, section 1.3).
public protocol Grant: ~Copyable, Sendable {
    /// The value of `grant_type`.
    static var type: String { get }
    /// The only token endpoint that may see this grant; `nil` when any may.
    var tokenEndpoint: HTTPURL? { get }
    /// Adds the grant's own parameters.
    borrowing func encode(into form: inout FormParameters) throws(OAuthError)
}

extension Grant where Self: ~Copyable {
    /// No restriction.
    public var tokenEndpoint: HTTPURL? { nil }
}

/// A code from the authorization endpoint (RFC 6749, section 4.1.3); it can be redeemed once.
public struct AuthorizationCodeGrant: ~Copyable, Grant {
    /// `authorization_code`.
    public static let type = "authorization_code"
    /// The endpoint of the server that the authorization request went to.
    public let tokenEndpoint: HTTPURL?
    /// What the ID token that it gives has to say; `nil` where none was asked for.
    public let idToken: IDTokenExpectation?

    private let code: Secret
    private let redirectURI: String
    private let verifier: CodeVerifier?
    private let resource: [String]

    init(
        code: Secret, redirectURI: String, verifier: CodeVerifier?, resource: [String],
        tokenEndpoint: HTTPURL, idToken: IDTokenExpectation? = nil
    ) {
        var idToken = idToken
        idToken?.code = code
        self.idToken = idToken
        self.code = code
        self.redirectURI = redirectURI
        self.verifier = verifier
        self.resource = resource
        self.tokenEndpoint = tokenEndpoint
    }

    /// `code`, the same `redirect_uri` as before, and `code_verifier` where there was a challenge.
    public borrowing func encode(into form: inout FormParameters) throws(OAuthError) {
        form.append("code", code)
        form.append("redirect_uri", redirectURI)
        if let verifier { form.append("code_verifier", verifier.value) }
        try append(scope: nil, resource: resource, to: &form)
    }
}

/// A refresh token (RFC 6749, section 6).
public struct RefreshTokenGrant: Grant {
    /// `refresh_token`.
    public static let type = "refresh_token"
    /// Where the refresh token came from, and nowhere else may go.
    public let tokenEndpoint: HTTPURL?

    private let refreshToken: Secret
    private let scope: String?
    private let resource: [String]

    /// Makes a grant.
    /// - Parameters:
    ///   - scope: the same as before or less; `nil` asks for the same.
    ///   - tokenEndpoint: where the refresh token belongs, if it is known.
    public init(
        refreshToken: Secret, scope: String? = nil, resource: [String] = [],
        tokenEndpoint: HTTPURL? = nil
    ) {
        self.refreshToken = refreshToken
        self.scope = scope
        self.resource = resource
        self.tokenEndpoint = tokenEndpoint
    }

    /// `refresh_token`, and `scope` and `resource` where given.
    public func encode(into form: inout FormParameters) throws(OAuthError) {
        form.append("refresh_token", refreshToken)
        try append(scope: scope, resource: resource, to: &form)
    }
}

/// The client's own credentials (RFC 6749, section 4.4).
public struct ClientCredentialsGrant: Grant {
    /// `client_credentials`.
    public static let type = "client_credentials"

    private let scope: String?
    private let resource: [String]

    /// Makes a grant.
    public init(scope: String? = nil, resource: [String] = []) {
        self.scope = scope
        self.resource = resource
    }

    /// `scope` and `resource` where given.
    public func encode(into form: inout FormParameters) throws(OAuthError) {
        try append(scope: scope, resource: resource, to: &form)
    }
}
