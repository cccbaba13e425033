import SesameCrypto
import SesameHTTP
import SesameLogin
import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

/// Logging in: the authorization code flow, from the URL to the stored tokens.
extension Broker {
    /// Begins a login; grants that need no person are done at once.
    /// - Parameter timeout: seconds until the listener gives up, 1 … 3600.
    package func beginLogin(
        _ name: String, mode: LoginMode, timeout: Int64
    ) async throws(BrokerError) -> LoginStart {
        if let report = try await proof(of: name) {
            return LoginStart(
                report: report, authorizationURL: nil, redirectURI: nil, expiresAt: time.now)
        }
        let profile = try usableProfile(name)
        let expiresAt = time.now.adding(seconds: min(max(timeout, 1), 3600))
        // A store that cannot be opened shows now, not when the code has been spent.
        _ = try await look(profile)
        let client = try await client(of: profile)
        // A login that was begun again replaces the one before, whose port it may need.
        while let earlier = logins.values.first(where: {
            $0.profile.name == name && $0.state.isPending
        }) {
            await cancelLogin(earlier.id)
        }
        // From here to the new session nothing is awaited.
        try requireOpen()
        guard logins.values.filter(\.state.isPending).count < 16 else {
            throw BrokerError(.temporary, "too many logins are under way")
        }
        let listener = try listener(profile, mode)
        return try begin(profile, client, listener, expiresAt)
    }

    /// Waits up to `wait` seconds for a login to end.
    package func login(_ id: String, wait: Int64) async throws(BrokerError) -> LoginReport {
        let session = try session(id)
        if session.state.isPending, wait > 0 { await pause(id, seconds: min(wait, 60)) }
        return try self.session(id).report
    }

    /// Takes a redirect URL that the person brought by hand.
    package func deliver(_ callback: String, to id: String) async throws(BrokerError) -> LoginReport
    {
        let session = try session(id)
        guard session.state.isPending else { return session.report }
        guard let url = HTTPURL(callback), url.origin == session.redirectURI.origin,
            url.path == session.redirectURI.path, let form = try? ReceivedForm(query: url.query)
        else {
            throw BrokerError(
                .badCallback, "that is not this login's redirect URL",
                hints: [
                    "paste the whole address of the last page, beginning with \(session.redirectURI.origin)"
                ])
        }
        guard case .accept = await session.attempt.judge(form) else {
            throw BrokerError(
                .badCallback, "that redirect URL belongs to another login",
                hints: ["use the newest authorization URL only"])
        }
        // The port is closed before the token request, which nobody who goes away may abort.
        session.listening?.cancel()
        await session.listening?.value
        let exchange = Task { await self.finish(id) }
        // In a task of its own: what cancels a login must not abort the exchange.
        logins[id]?.listening = Task { await exchange.value }
        await exchange.value
        return try self.session(id).report
    }

    /// Ends a login that nobody waits for any more; its port is closed when this returns.
    package func cancelLogin(_ id: String) async {
        var awaited: Task<Void, Never>?
        // A callback that was accepted meanwhile is being redeemed: that is waited for, not aborted.
        while let session = logins[id], session.state.isPending, let task = session.listening,
            task != awaited
        {
            task.cancel()
            await task.value
            awaited = task
        }
        conclude(id, .failed(BrokerError(.loginRequired, "the login was cancelled")))
    }

    private func listener(_ profile: Profile, _ mode: LoginMode) throws(BrokerError)
        -> ListeningPlace
    {
        guard let url = HTTPURL(profile.redirectURI) else {
            throw BrokerError(
                .configuration, "redirect_uri is not a URL: \(profile.redirectURI.sanitised())")
        }
        guard url.isLoopback || mode == .paste else {
            throw BrokerError(
                .usage, "the redirect URI of profile \(profile.name) is not on this machine",
                hints: ["bring the address by hand: sesame login \(profile.name) --paste"])
        }
        // Pasting needs no port, except to name one where the profile leaves it open.
        guard url.scheme == .http, mode == .browser || url.port == 0 else { return .elsewhere(url) }
        do throws(LoginError) {
            return .listener(try LoopbackListener(redirectURI: url))
        } catch {
            throw BrokerError(.configuration, error.message, hints: hints(error, profile))
        }
    }

    private func hints(_ error: LoginError, _ profile: Profile) -> [String] {
        guard error.code == .portTaken else { return [] }
        return [
            "end the program that uses it, or register another redirect URI and set it: "
                + "sesame setup \(profile.name) --redirect-uri …",
            "or log in without a port: sesame login \(profile.name) --paste",
        ]
    }

    private func begin(
        _ profile: Profile, _ client: OAuthClient, _ place: consuming ListeningPlace,
        _ expiresAt: Timestamp
    ) throws(BrokerError) -> LoginStart {
        let redirectURI = place.redirectURI
        let request: AuthorizationRequest
        do throws(OAuthError) {
            request = try AuthorizationRequest(
                to: client.server, clientID: profile.clientID, redirectURI: redirectURI.description,
                scope: profile.written(profile.scope),
                resource: profile.settings.values["resource"] ?? [],
                extraParameters: profile.authorizationParameters, random: parts.random)
        } catch {
            throw BrokerError(error, profile: profile.name)
        }
        let url = request.url
        let id = parts.random.bytes(16).withBytes { Base64URL.encode($0) }
        let remaining = Duration.seconds(time.now.seconds(until: expiresAt))
        forgetOldLogins()
        logins[id] = LoginSession(
            id: id, profile: profile, client: client, attempt: LoginAttempt(request),
            redirectURI: redirectURI,
            deadline: time.uptime + remaining)
        // Not in one line: that would hold `logins` for writing while `listen` reads it.
        let listening = listen(id, place, remaining)
        logins[id]?.listening = listening
        return LoginStart(
            report: LoginReport(id: id, profile: profile.name, state: .pending),
            authorizationURL: url,
            redirectURI: redirectURI, expiresAt: expiresAt)
    }

    private func listen(
        _ id: String, _ place: consuming ListeningPlace, _ timeout: Duration
    ) -> Task<Void, Never>? {
        guard let attempt = logins[id]?.attempt else { return nil }
        let time = time
        switch consume place {
        case .elsewhere:
            return Task {
                guard (try? await time.sleep(for: timeout)) != nil else { return }
                self.conclude(id, .failed(Self.timedOut))
            }
        case .listener(let listener):
            let box = OneShot(listener)
            return Task {
                guard let listener = box.take() else { return }
                do throws(LoginError) {
                    try await listener.callback(timeout: timeout, time: time) {
                        await attempt.judge($0)
                    }
                    // The port is closed by now. The exchange must survive a cancelled listener.
                    await Task { await self.finish(id) }.value
                } catch {
                    if error.code == .cancelled { return }
                    self.conclude(
                        id,
                        .failed(
                            error.code == .timeout
                                ? Self.timedOut : BrokerError(.temporary, error.message)))
                }
            }
        }
    }

    /// Redeems the code, stores what came, and tells everybody who waits.
    private func finish(_ id: String) async {
        guard let session = logins[id], session.state.isPending else { return }
        do throws(BrokerError) {
            // A code is good for one use: not without a place for what it gives.
            let store = try await fromStore { store in store }
            let base = await base(of: session.profile.name, in: store)
            let response: TokenResponse
            do throws(OAuthError) {
                response = try await session.attempt.redeem(with: session.client, at: time.now)
            } catch {
                throw error.code == .grantEnded
                    ? Self.codeRefused(error, session.profile)
                    : BrokerError(error, profile: session.profile.name)
            }
            var credential = Credential(
                response, from: session.client.server.tokenEndpoint, profile: session.profile,
                at: time.now)
            credential.pastLogins = await pastLogins(of: session.profile, in: store)
            try await keepLogin(
                Unsaved(credential, of: session.profile, replacing: base, in: store))
            noteLogin(of: session.profile.name, .loggedIn(session.profile.name))
            await recordLogin(of: session.profile, credential)
            conclude(id, .done(scope: credential.scope, expiresAt: credential.accessExpiresAt))
        } catch {
            await recordLogin(of: session.profile, nil, refusal: error)
            conclude(id, .failed(error))
        }
    }

    private static let timedOut = BrokerError(
        .loginRequired, "no answer came from the browser in time",
        hints: [
            "what did the browser show? some servers, such as Mautic, end a refused login on a page of their own",
            "check that the redirect URI registered there is exactly the one of this profile",
        ])

    private static func codeRefused(_ error: OAuthError, _ profile: Profile) -> BrokerError {
        BrokerError(
            .loginRequired, "the server refused the authorization code: \(error.message)",
            hints: ["codes live for seconds only; log in again: sesame login \(profile.name)"])
    }
}
