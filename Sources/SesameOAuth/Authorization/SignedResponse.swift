public import SesameHTTP
import SesameJOSE
import SesameJSON
import SesameSecrets
public import SesameSystem

/// Authorization responses that the server has signed (JARM, section 2).
extension OAuthClient {
    /// The parameters of a signed response, once its signature, issuer, audience and end are known to be right.
    /// - Throws: ``OAuthError`` with `badCallback`, `issuerMismatch`, or why the keys are not to be had.
    public func parameters(
        ofSigned callback: ReceivedForm, keys: IssuerKeys, at now: Timestamp
    ) async throws(OAuthError) -> ReceivedForm {
        guard let response = signedResponse(in: callback) else {
            throw OAuthError(.badCallback, "the callback has no signed response")
        }
        let verified = try await keys.verification(
            of: response, from: self,
            allowing: known(algorithms: server.authorizationSigningAlgorithms))
        let claims: JSON
        do throws(JOSEError) { claims = try verified.get().claims() } catch {
            throw OAuthError(
                .badCallback, "the signed response is not the server's: \(error.message)")
        }
        try check(claims, at: now)
        return ReceivedForm(
            (claims.members ?? []).compactMap { name, value in
                guard !["aud", "exp", "iat", "nbf"].contains(name) else { return nil }
                return value.secret.map { (name, $0) }
            })
    }

    /// JARM, section 2.4, steps 3 to 5.
    private func check(_ claims: JSON, at now: Timestamp) throws(OAuthError) {
        guard let issuer = server.issuer, let from = claims["iss"]?.string,
            from.utf8.elementsEqual(issuer.utf8)
        else {
            throw OAuthError(
                .issuerMismatch, "the signed response is not from the server that was asked (iss)")
        }
        let audience = claims["aud"]
        let named =
            audience?.string.map { [$0] } ?? audience?.elements?.compactMap(\.string) ?? []
        guard named.contains(where: { $0.utf8.elementsEqual(clientID.utf8) }) else {
            throw OAuthError(.badCallback, "the signed response is not for this client (aud)")
        }
        guard let end = claims["exp"]?.integer, now.adding(seconds: -60).seconds < end else {
            throw OAuthError(
                .badCallback, "the signed response has expired, or does not say when it does (exp)")
        }
    }
}

/// The one signed text of a callback; `nil` where there is none, or more.
func signedResponse(in callback: ReceivedForm) -> CompactJWS? {
    callback.secret("response").flatMap { try? CompactJWS(parsing: $0, limit: 32_768) }
}

/// The `state` in a signed response, which nobody has checked: good to see whose answer it wants to be.
func claimedState(in callback: ReceivedForm) -> [Secret] {
    let claims = signedResponse(in: callback).flatMap { try? $0.unverifiedClaims() }
    return (claims?["state"]?.secret).map { [$0] } ?? []
}
