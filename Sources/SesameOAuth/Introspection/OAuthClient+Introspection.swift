package import SesameHTTP
public import SesameSecrets
public import SesameSystem

/// Token introspection (RFC 7662): made for resource servers, and useful to look what became of a token.
extension OAuthClient {
    /// Asks the server about a token, which travels in the content and nowhere else.
    /// - Parameter hint: `access_token` or `refresh_token`; only a hint.
    /// - Throws: ``OAuthError``, also when the server has no introspection endpoint.
    public func introspect(
        _ token: Secret, hint: String = "access_token", at now: Timestamp
    ) async throws(OAuthError) -> IntrospectionResponse {
        try await inTurn { client throws(OAuthError) in
            let request = try client.introspectionRequest(for: token, hint: hint, at: now)
            return try IntrospectionResponse.parse(
                try await send(request, over: client.transport), sent: SentSecrets(in: request))
        }
    }

    /// The request that asks about a token (RFC 7662, section 2.1).
    package func introspectionRequest(
        for token: Secret, hint: String, at now: Timestamp
    ) throws(OAuthError) -> HTTPRequest {
        try request(
            about: token, hint, server.introspectionEndpoint, "introspection endpoint", at: now)
    }
}
