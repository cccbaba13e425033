import SesameHTTP
import SesameJSON
import SesameSecrets

/// What the server gives for an authorization request that was left with it (RFC 9126, section 2.2).
package struct PushedAuthorizationResponse: Sendable {
    /// What stands for the request, once.
    package let requestURI: String

    /// Reads an answer.
    ///
    /// How long the request is kept is not looked at: only the server can tell by its own clock, and does.
    /// - Parameter sent: what the request carried; words that repeat it are dropped.
    /// - Throws: ``OAuthError``.
    static func parse(
        _ response: HTTPResponse, sent: SentSecrets = .none
    ) throws(OAuthError) -> PushedAuthorizationResponse {
        let document = Result { () throws(OAuthError) in try TokenDocument(response) }
        let refusal = refusal(in: response, try? document.get(), endingCodes: [], sent: sent)
        if let refusal { throw refusal }
        // The standard wants 201; some servers say 200.
        guard case .json(let json) = try document.get() else {
            throw unusable("is no JSON", response)
        }
        guard let requestURI = json["request_uri"]?.string, !requestURI.isEmpty else {
            throw unusable("has no request_uri", response)
        }
        guard requestURI.utf8.count <= 8192,
            requestURI.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw unusable("has a request_uri that is no URI", response) }
        return PushedAuthorizationResponse(requestURI: requestURI)
    }

    /// Where to send the person's browser (RFC 9126, section 4): nothing but the client and the reference.
    func url(at server: AuthorizationServer, clientID: String) throws(OAuthError) -> HTTPURL {
        var form = FormParameters()
        form.append("client_id", clientID)
        form.append("request_uri", requestURI)
        return try usableEndpoint(of: server).appending(query: form)
    }
}

private func unusable(_ what: String, _ response: HTTPResponse) -> OAuthError {
    OAuthError(
        .badResponse, "the answer to the pushed authorization request \(what)",
        status: response.status, mayHaveBeenSent: true)
}
