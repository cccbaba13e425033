public import SesameHTTP
public import SesameSystem

/// Leaving an authorization request with the server before the browser goes there (RFC 9126).
extension OAuthClient {
    /// Leaves an authorization request with the server, and returns where to send the person's browser instead of
    /// the request's own URL.
    ///
    /// The server keeps it for a short time, often a minute, and for one use.
    /// - Throws: ``OAuthError``, also when the server has no endpoint for it.
    public func push(
        _ request: borrowing AuthorizationRequest, at now: Timestamp
    ) async throws(OAuthError) -> HTTPURL {
        try await authorizationURL(pushing: request.parameters, at: now)
    }

    /// The request that leaves an authorization request with the server (RFC 9126, section 2.1).
    package func pushedAuthorizationRequest(
        for parameters: FormParameters, at now: Timestamp
    ) throws(OAuthError) -> HTTPRequest {
        guard let endpoint = server.pushedAuthorizationRequestEndpoint else {
            throw OAuthError(
                .invalidMetadata, "the server has no endpoint for pushed authorization requests")
        }
        let name = "pushed authorization request endpoint"
        try requireNoProtocolParameter(
            inQueryOf: endpoint, name, reservedAuthorizationParameters)
        return try self.request(endpoint, name, parameters, namesClient: true, at: now)
    }

    /// Leaves an authorization request's parameters with the server, and returns where to send the person's
    /// browser.
    package func authorizationURL(
        pushing parameters: FormParameters, at now: Timestamp
    ) async throws(OAuthError) -> HTTPURL {
        try await inTurn { client throws(OAuthError) in
            try await client.authorizationURLOnce(pushing: parameters, at: now)
        }
    }

    /// They name the key, where there is one, which is enough by RFC 9449, section 10.1.
    ///
    /// Some servers want a proof all the same, and get it when they say so: others refuse any that comes here.
    private func authorizationURLOnce(
        pushing parameters: FormParameters, at now: Timestamp
    ) async throws(OAuthError) -> HTTPURL {
        let prover = possession.prover
        var attempt = ProvingAttempt(
            prover.map { prover in .onDemand(DPoPStandby { prover }) } ?? .none,
            correctsClock: true)
        let (request, answer) = try await proven(by: &attempt, at: now) { () throws(OAuthError) in
            try pushedAuthorizationRequest(for: parameters, at: now)
        }
        prover?.learn(from: answer.fields, of: request.url, .authorization, sent: now)
        return try PushedAuthorizationResponse.parse(answer, sent: SentSecrets(in: request))
            .url(at: server, clientID: clientID)
    }
}
