import SesameOAuth
import SesameSystem

/// A code that the server gave for a person to enter, and when it was asked for.
struct DeviceAuthorization: Sendable {
    let response: DeviceAuthorizationResponse
    let askedAt: Duration
    let expiresAt: Timestamp
}

/// Logging in with a code that the person enters elsewhere: the device authorization grant (RFC 8628).
extension Broker {
    /// The code that a login begins with; `nil` for a login through the browser.
    ///
    /// That stays the usual way where a browser is on the same machine: whoever can make a person enter
    /// a code gets that person's tokens, and a redirect to this machine cannot be sent around.
    func deviceAuthorization(
        of profile: Profile, at client: OAuthClient, _ mode: LoginMode
    ) async throws(BrokerError) -> DeviceAuthorization? {
        let details = try profile.detailsParameter()
        switch (profile.grant, mode) {
        case (.deviceCode, .paste):
            throw BrokerError(
                .usage,
                "profile \(profile.name) logs in with a device code, which needs no address",
                hints: ["log in: sesame login \(profile.name)"])
        case (.deviceCode, _), (_, .device):
            do throws(OAuthError) {
                return try await authorizeDevice(profile, client, details)
            } catch {
                throw Self.refused(error, profile)
            }
        case (_, .elsewhere) where client.server.offersDeviceCodes:
            // What the server offers need not be for this client: then it is as if it offered nothing.
            return try? await authorizeDevice(profile, client, details)
        default: return nil
        }
    }

    private func authorizeDevice(
        _ profile: Profile, _ client: OAuthClient, _ details: [(String, String)]
    ) async throws(OAuthError) -> DeviceAuthorization {
        let (uptime, now) = (time.uptime, time.now)
        let response = try await client.authorizeDevice(
            scope: profile.written(profile.scope),
            resource: profile.resources,
            extraParameters: profile.settings.parameters("authorize") + details, at: now)
        return DeviceAuthorization(
            response: response, askedAt: uptime,
            expiresAt: now.adding(seconds: response.expiresIn))
    }

    /// Begins to poll, in a task that nobody waits for but who asks how the login stands.
    func beginPolling(
        _ profile: Profile, _ client: OAuthClient, _ device: DeviceAuthorization,
        _ latest: Timestamp
    ) -> LoginStart {
        let patience = Duration.seconds(time.now.seconds(until: latest))
        let polling = DevicePolling(
            device.response, askedAt: device.askedAt, patience: patience)
        let id = newLoginID()
        let session = LoginSession(
            id: id, profile: profile, client: client, deadline: polling.end)
        logins[id] = session
        let waiting = Task { await self.poll(session, polling) }
        logins[id]?.waiting = waiting
        return LoginStart(
            report: LoginReport(id: id, profile: profile.name, state: .pending),
            way: .device(device.response),
            expiresAt: min(latest, device.expiresAt))
    }

    /// Asks until the person has decided, or the time is over.
    private func poll(_ session: LoginSession, _ polling: DevicePolling) async {
        var polling = polling
        do throws(BrokerError) {
            while true {
                // The poll that finds the person's agreement spends the code: not without a place for
                // what it gives.
                let place = try await place(for: session.profile)
                guard let response = try await poll(session, &polling) else { continue }
                // What cancels the login now comes too late, and must not keep the tokens from the store.
                return await Task { await self.keep(response, session, place) }.value
            }
        } catch {
            // Whoever has cancelled it concludes it.
            if !Task.isCancelled { await fail(session, with: error) }
        }
    }

    private func poll(
        _ session: LoginSession, _ polling: inout DevicePolling
    ) async throws(BrokerError) -> TokenResponse? {
        do throws(OAuthError) {
            return try await session.client.poll(&polling, time: time)
        } catch {
            guard error.code == .grantEnded else {
                throw BrokerError(error, profile: session.profile)
            }
            throw BrokerError(
                .loginRequired, error.message,
                hints: ["log in again for a new code: sesame login \(session.profile.name)"])
        }
    }

    private func keep(
        _ response: TokenResponse, _ session: LoginSession, _ place: PlaceForTokens
    ) async {
        do throws(BrokerError) {
            let identity = try await identity(in: response, of: session)
            try await finish(session, with: response, identity, in: place)
        } catch {
            await fail(session, with: error)
        }
    }

    /// Why there is no code, with what can be done about it.
    private static func refused(_ error: OAuthError, _ profile: Profile) -> BrokerError {
        let failure = BrokerError(error, profile: profile)
        var hints: [String]
        switch error.code {
        // Another server answers there: how that one is set up does not matter.
        case .serverRefused where (300..<400).contains(error.status ?? 0): return failure
        case .clientRejected, .serverRefused:
            hints = failure.hints + ["switch device codes on for this client at the server"]
        // The endpoint is not known.
        case .invalidMetadata:
            hints = [
                "if the server has one, name it in the section [profile \(profile.name)] of the "
                    + "configuration: device_authorization_endpoint = https://…"
            ]
        default: return failure
        }
        if profile.grant != .deviceCode {
            hints.append("or log in without a code: sesame login \(profile.name) --no-browser")
        }
        return BrokerError(failure.code, failure.message, hints: hints)
    }
}

extension AuthorizationServer {
    /// Whether the server says, as far as it says anything, that it gives device codes.
    fileprivate var offersDeviceCodes: Bool {
        deviceAuthorizationEndpoint != nil
            && grantTypes?.contains(DeviceCodeGrant.type) ?? true
    }
}
