import SesameHTTP
import SesameOAuth

extension Profile {
    /// How the answer to an authorization request is to come back.
    /// - Throws: ``OAuthError`` where the server says that it does not know that way, or where a signed answer
    ///   could not be checked.
    func responseMode(at server: AuthorizationServer) throws(OAuthError) -> ResponseMode {
        guard let mode = settings["response_mode"].flatMap(ResponseMode.init(rawValue:)) else {
            return .query
        }
        if mode != .query, let known = server.responseModes, !known.contains(mode.rawValue) {
            throw OAuthError(
                .invalidMetadata,
                "profile \(name) has `response_mode = \(mode.rawValue)`, which the server does not offer"
            )
        }
        guard !mode.isSigned || server.namesItsKeys else {
            throw OAuthError(
                .invalidMetadata,
                "profile \(name) wants signed answers, and the server does not say where its keys are: "
                    + "name its issuer, or `jwks_uri` beside it")
        }
        return mode
    }
}

extension AuthorizationServer {
    /// Where the page lies that posts an answer.
    var formOrigin: String? { authorizationEndpoint?.origin }
}
