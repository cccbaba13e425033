public import SesameHTTP
import SesameSecrets
public import SesameSystem

/// A token that is bound to a key, with a proof for this one request (RFC 9449, section 7.1).
public struct DPoPSigner: RequestSigner {
    private let prover: DPoPProver

    /// Makes the signer, of the key that the tokens are bound to.
    public init(_ prover: DPoPProver) {
        self.prover = prover
    }

    /// Sets `Authorization: DPoP …`, and `DPoP` with the proof.
    ///
    /// Method and URL must be those that are sent.
    public func sign(
        _ request: inout HTTPRequest, with token: AccessToken, at now: Timestamp
    ) throws(OAuthError) {
        guard token.type == .dpop else {
            throw OAuthError(.badParameter, "the token is not one that is bound to a key")
        }
        try setAuthorization("DPoP", token, of: &request)
        try prover.prove(&request, to: .resource, accessToken: token.value, at: now)
    }

    /// The newest nonce, and the server's time.
    public func isWorthSigningAnew(
        _ request: HTTPRequest, after status: Int, _ fields: HTTPFields, sent: Timestamp,
        received: Timestamp
    ) -> Bool {
        let lesson = prover.learn(
            from: fields, of: request.url, .resource, sent: sent, received: received)
        return ProofObjection(inChallengeOf: status, fields)?.isMet(by: lesson) ?? false
    }
}

/// Sets the field that carries a token (RFC 9110, section 11.6.2).
func setAuthorization(
    _ scheme: String, _ token: AccessToken, of request: inout HTTPRequest
) throws(OAuthError) {
    guard request.url.isSecure else {
        throw OAuthError(.unsafeEndpoint, "a token never goes over http to another machine")
    }
    guard isToken68(token.value) else {
        throw OAuthError(.badParameter, "the token cannot stand in a header field")
    }
    var field = SecretBuffer(capacity: token.value.count + 8)
    field.append(scheme)
    field.append(UInt8(ascii: " "))
    field.append(token.value)
    request.fields.set("Authorization", .secret(Secret(field)))
}
