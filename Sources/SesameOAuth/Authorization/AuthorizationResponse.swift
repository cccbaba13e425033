public import SesameHTTP
import SesameSecrets

extension AuthorizationRequest {
    /// Reads the callback and uses the request up.
    ///
    /// Ask ``recognises(_:)`` first: a callback that is not ours must not cost the login.
    /// - Parameter callback: of a signed response, what was in it.
    /// - Throws: ``OAuthError`` with `stateMismatch`, `badCallback`, `issuerMismatch`,
    ///   `authorizationDenied` or `authorizationFailed`.
    public consuming func grant(
        from callback: ReceivedForm
    ) throws(OAuthError) -> AuthorizationCodeGrant {
        guard carriesState(callback.values("state")) else {
            throw OAuthError(.stateMismatch, "the callback belongs to another login, or is forged")
        }
        for name in ["code", "iss", "error"] where callback.values(name).count > 1 {
            throw OAuthError(.badCallback, "the callback has '\(name)' twice")
        }
        // The issuer comes first: an error response of another server is not ours either
        // (RFC 9207, section 2.4).
        try checkIssuer(of: callback, against: server)
        if let error = callback["error"], !error.isEmpty { throw refusal(error, callback) }
        guard let code = callback.secret("code"), isPrintable(code) else {
            throw OAuthError(.badCallback, "the callback has neither a usable code nor an error")
        }
        return AuthorizationCodeGrant(
            code: code, redirectURI: redirectURI, verifier: verifier, resource: resource,
            tokenEndpoint: server.tokenEndpoint, idToken: idToken)
    }
}

/// RFC 9207, section 2.4: simple string comparison with the issuer that the request went to.
///
/// A different issuer is refused although the server never announced the parameter: in a mix-up
/// (RFC 9700, section 4.4) it is the attacker who wrote those metadata. Only where no issuer is
/// known, with endpoints set by hand, can an unannounced `iss` not be judged and is ignored.
private func checkIssuer(
    of callback: ReceivedForm, against server: AuthorizationServer
) throws(OAuthError) {
    guard let received = callback["iss"] else {
        if !server.supportsIssuerParameter { return }
        throw OAuthError(.issuerMismatch, "the callback does not say which server it comes from")
    }
    guard let issuer = server.issuer else {
        if !server.supportsIssuerParameter { return }
        throw OAuthError(
            .issuerMismatch, "the issuer is not known, so the callback's cannot be checked")
    }
    guard received.utf8.elementsEqual(issuer.utf8) else {
        throw OAuthError(
            .issuerMismatch,
            "the callback comes from '\(received.sanitised())', the login began at '\(issuer)'")
    }
}

private func refusal(_ error: String, _ callback: ReceivedForm) -> OAuthError {
    let isDenial = error == "access_denied"
    let reason =
        switch error {
        case "access_denied": "the request was denied"
        case "invalid_target": "the server gives no tokens for the resource that was asked for"
        case "invalid_authorization_details":
            "the server does not accept the authorization_details"
        default: "the server refused the authorization request"
        }
    return OAuthError(
        isDenial ? .authorizationDenied : .authorizationFailed, reason,
        serverCode: error, serverDescription: callback["error_description"], mayHaveBeenSent: true)
}

private let maximumCodeBytes = 32_768

/// Printable ASCII (RFC 6749, appendix A.11), and not endless.
private func isPrintable(_ code: Secret) -> Bool {
    code.withBytes { bytes in
        (1...maximumCodeBytes).contains(bytes.count)
            && bytes.indices.allSatisfy { (0x20...0x7E).contains(bytes[$0]) }
    }
}
