package import SesameHTTP
public import SesameSystem

/// The device authorization grant (RFC 8628): for a person whose browser is on another machine.
extension OAuthClient {
    /// Asks for a code that a person enters elsewhere.
    ///
    /// Show the person ``DeviceAuthorizationResponse/verificationURI`` and the code, in whatever other way
    /// it is shown too: only who has seen both can tell a request of their own from somebody else's
    /// (RFC 8628, section 5.4).
    /// - Parameter extraParameters: what the server wants beyond the protocol, such as `audience`.
    /// - Throws: ``OAuthError``, also when the server has no device authorization endpoint.
    public func authorizeDevice(
        scope: String? = nil, resource: [String] = [], extraParameters: [(String, String)] = [],
        at now: Timestamp
    ) async throws(OAuthError) -> DeviceAuthorizationResponse {
        try await inTurn { client throws(OAuthError) in
            let request = try client.deviceAuthorizationRequest(
                scope: scope, resource: resource, extraParameters: extraParameters, at: now)
            return try DeviceAuthorizationResponse.parse(
                try await send(request, over: transport), resource: resource,
                for: server.tokenEndpoint, sent: SentSecrets(in: request))
        }
    }

    /// Waits as long as must lie between two polls, then asks once for the tokens.
    ///
    /// It is called until it returns tokens or throws. A cancelled task gets its error at once.
    /// - Returns: `nil` while the person has not decided.
    /// - Throws: ``OAuthError``: `authorizationDenied`, `grantEnded` once the time is over, `temporary` when
    ///   the task is cancelled, or what else the server has refused with.
    public func poll(
        _ polling: inout DevicePolling, time: any TimeSource
    ) async throws(OAuthError) -> TokenResponse? {
        guard let pause = polling.pause(at: time.uptime) else { throw polling.expired() }
        do throws(CancellationError) { try await time.sleep(for: pause) } catch {
            throw OAuthError(.temporary, "the login was given up")
        }
        guard time.uptime < polling.end else { throw polling.expired() }
        do throws(OAuthError) {
            // It may last longer than the whole: the server's answer spends the code, and may be on its way.
            return try await redeem(polling.grant, at: time.now)
        } catch {
            if let end = polling.end(by: error) { throw end }
            return nil
        }
    }

    /// The request for a code (RFC 8628, section 3.1).
    package func deviceAuthorizationRequest(
        scope: String?, resource: [String], extraParameters: [(String, String)], at now: Timestamp
    ) throws(OAuthError) -> HTTPRequest {
        guard let endpoint = server.deviceAuthorizationEndpoint else {
            throw OAuthError(.invalidMetadata, "the server has no device authorization endpoint")
        }
        var form = FormParameters()
        try append(scope: scope, resource: resource, to: &form)
        try append(extra: extraParameters, to: &form, reserved: reservedTokenParameters)
        return try request(endpoint, "device authorization endpoint", form, at: now)
    }
}
