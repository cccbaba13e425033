public import SesameHTTP
public import SesameSecrets

/// A token with its type, as it is given in an exchange.
public struct ExchangedToken: Sendable {
    /// The token.
    public let value: Secret
    /// What it is: a URI of RFC 8693, section 3, or one of the server's own.
    public let type: String

    /// Names a token.
    public init(_ value: Secret, type: String) {
        self.value = value
        self.type = type
    }
}

/// A token that is exchanged for another one: to do less, to act for somebody, or at another service
/// (RFC 8693, section 2.1).
public struct TokenExchangeGrant: Grant {
    /// `urn:ietf:params:oauth:grant-type:token-exchange`.
    public static let type = "urn:ietf:params:oauth:grant-type:token-exchange"
    /// The token type of an access token (RFC 8693, section 3).
    public static let accessTokenType = "urn:ietf:params:oauth:token-type:access_token"
    /// The token type of any JWT (RFC 8693, section 3).
    public static let jwtType = "urn:ietf:params:oauth:token-type:jwt"
    /// Where the subject token came from, and nowhere else may go.
    public let tokenEndpoint: HTTPURL?
    /// The type that is wanted; `nil` leaves it to the server.
    public let requestedTokenType: String?

    private let subject: ExchangedToken
    private let actor: ExchangedToken?
    private let scope: String?
    private let audience: [String]
    private let resource: [String]

    /// Makes a grant.
    /// - Parameters:
    ///   - subject: whose access it is about.
    ///   - actor: who is to act, where that is somebody else.
    ///   - scope: what the other token shall be good for.
    ///   - audience: the names of services that it shall be good at.
    ///   - tokenEndpoint: where the subject token belongs, if it is known.
    public init(
        subject: ExchangedToken, actor: ExchangedToken? = nil, requestedTokenType: String? = nil,
        scope: String? = nil, audience: [String] = [], resource: [String] = [],
        tokenEndpoint: HTTPURL? = nil
    ) {
        self.subject = subject
        self.actor = actor
        self.requestedTokenType = requestedTokenType
        self.scope = scope
        self.audience = audience
        self.resource = resource
        self.tokenEndpoint = tokenEndpoint
    }

    /// Each token with its type, then what is wanted; a type stands only where its token does.
    public func encode(into form: inout FormParameters) throws(OAuthError) {
        form.append("subject_token", subject.value)
        form.append("subject_token_type", subject.type)
        if let actor {
            form.append("actor_token", actor.value)
            form.append("actor_token_type", actor.type)
        }
        if let requestedTokenType { form.append("requested_token_type", requestedTokenType) }
        for name in audience { form.append("audience", name) }
        try append(scope: scope, resource: resource, to: &form)
    }

    /// Refuses an answer that does not say what it gives, or gives something else than was asked for
    /// (RFC 8693, section 2.2.1).
    public func check(_ answer: TokenResponse) throws(OAuthError) {
        guard let issued = answer.issuedTokenType else {
            throw OAuthError(
                .badResponse, "the server does not say what kind of token it gave", status: 200,
                mayHaveBeenSent: true, rotatedRefreshToken: answer.refreshToken)
        }
        guard let requestedTokenType, requestedTokenType != issued else { return }
        throw OAuthError(
            .serverRefused,
            "the server gave a token of another type than was asked for: \(issued.sanitised(limit: 80))",
            mayHaveBeenSent: true)
    }
}
