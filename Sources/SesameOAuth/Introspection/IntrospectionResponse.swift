import SesameHTTP
import SesameJSON
public import SesameSystem

/// What a server says about a token (RFC 7662, section 2.2).
///
/// It holds for the moment in which it was said, and is kept nowhere.
public struct IntrospectionResponse: Sendable {
    /// Whether the token is good; of one that is not, nothing else is said.
    public let isActive: Bool
    /// What it may do.
    public let scope: String?
    /// Whom it was given to.
    public let clientID: String?
    /// How it is used.
    public let tokenType: String?
    /// When it ends.
    public let expiresAt: Timestamp?

    /// Reads an answer; text in it is as the server wrote it, and not safe to show.
    static func parse(
        _ response: HTTPResponse, sent: SentSecrets
    ) throws(OAuthError) -> IntrospectionResponse {
        let document = Result { () throws(OAuthError) in try TokenDocument(response) }
        let refusal = refusal(in: response, try? document.get(), endingCodes: [], sent: sent)
        if let refusal { throw refusal }
        guard case .json(let json) = try document.get(), let isActive = json["active"]?.bool else {
            throw OAuthError(
                .badResponse, "the server does not say whether the token is active",
                status: response.status, mayHaveBeenSent: true)
        }
        func text(_ name: String) -> String? { isActive ? json[name]?.string : nil }
        return IntrospectionResponse(
            isActive: isActive, scope: text("scope"), clientID: text("client_id"),
            tokenType: text("token_type"),
            expiresAt: isActive ? json["exp"]?.integer.map(Timestamp.init(seconds:)) : nil)
    }
}
