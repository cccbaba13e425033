/// How the answer to an authorization request comes back (OAuth 2.0 Multiple Response Type Encoding Practices,
/// section 2.1; Form Post Response Mode; JARM, section 2.3).
public enum ResponseMode: String, Sendable, Hashable, CaseIterable {
    /// As the query of the redirect URI: the usual one, which is not asked for.
    case query
    /// As a form that the browser posts.
    case formPost = "form_post"
    /// As one signed text in the query.
    case queryJWT = "query.jwt"
    /// As one signed text, where a code usually is: in the query.
    case jwt
    /// As one signed text in a form that the browser posts.
    case formPostJWT = "form_post.jwt"

    /// Whether the answer is a signed text.
    public var isSigned: Bool {
        switch self {
        case .query, .formPost: false
        case .queryJWT, .jwt, .formPostJWT: true
        }
    }

    /// Whether the browser posts it.
    public var isPosted: Bool { self == .formPost || self == .formPostJWT }
}
