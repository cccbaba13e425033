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
                report: report, way: nil, expiresAt: time.now)
        }
        let profile = try usableProfile(name)
        let expiresAt = time.now.adding(seconds: min(max(timeout, 1), 3600))
        // A store that cannot be opened shows now, not when the code has been spent.
        let held = try await look(profile).credential
        let client = try await client(
            of: profile, proving: .new(isBound: held?.dpopKey != nil))
        let device = try await deviceAuthorization(of: profile, at: client, mode)
        // A login that was begun again replaces the one before, whose port it may need.
        await cancelLogins(of: name)
        // From here to the new session nothing is awaited.
        try requireOpen()
        guard logins.values.filter(\.state.isPending).count < 16 else {
            throw BrokerError(.temporary, "too many logins are under way")
        }
        forgetOldLogins()
        if let device { return beginPolling(profile, client, device, expiresAt) }
        let listener = try listener(profile, mode)
        let (start, pushed) = try begin(profile, client, listener, expiresAt)
        guard let pushed else { return start }
        return try await push(pushed, of: start, to: client, profile)
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
        guard let expected = session.callback else {
            throw BrokerError(
                .badCallback, "this login has no redirect URL: its code is entered at the server")
        }
        guard let url = HTTPURL(callback), url.origin == expected.redirectURI.origin,
            url.path == expected.redirectURI.path, let form = try? ReceivedForm(query: url.query)
        else {
            throw BrokerError(
                .badCallback, "that is not this login's redirect URL",
                hints: [
                    "paste the whole address of the last page, beginning with \(expected.redirectURI.origin)"
                ])
        }
        guard case .accept = await expected.attempt.judge(form) else {
            throw BrokerError(
                .badCallback, "that redirect URL belongs to another login",
                hints: ["use the newest authorization URL only"])
        }
        // The port is closed before the token request, which nobody who goes away may abort.
        session.waiting?.cancel()
        await session.waiting?.value
        let exchange = Task { await self.redeem(id, expected.attempt) }
        // In a task of its own: what cancels a login must not abort the exchange.
        logins[id]?.waiting = Task { await exchange.value }
        await exchange.value
        return try self.session(id).report
    }

    /// Ends all logins of a profile that are under way.
    func cancelLogins(of profile: String) async {
        while let login = logins.values.first(where: {
            $0.profile.name == profile && $0.state.isPending
        }) {
            await cancelLogin(login.id)
        }
    }

    /// Ends a login that nobody waits for any more; its port is closed when this returns.
    package func cancelLogin(_ id: String) async {
        var awaited: Task<Void, Never>?
        // A callback that was accepted meanwhile is being redeemed: that is waited for, not aborted.
        while let session = logins[id], session.state.isPending, let task = session.waiting,
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

    /// Makes the session, and the request to leave with the server where that is the way.
    private func begin(
        _ profile: Profile, _ client: OAuthClient, _ place: consuming ListeningPlace,
        _ expiresAt: Timestamp
    ) throws(BrokerError) -> (LoginStart, pushed: FormParameters?) {
        let isPushed = try profile.pushesRequests(to: client.server)
        let redirectURI = place.redirectURI
        let request = try authorizationRequest(
            profile, client, redirectURI, until: expiresAt)
        let pushed = isPushed ? request.parameters : nil
        do throws(OAuthError) {
            // What cannot be sent shows before there is a session.
            if let pushed { _ = try client.pushedAuthorizationRequest(for: pushed, at: time.now) }
        } catch {
            throw BrokerError(error, profile: profile)
        }
        let url = request.url
        let id = newLoginID()
        let remaining = Duration.seconds(time.now.seconds(until: expiresAt))
        let postOrigin = request.responseMode.isPosted ? client.server.formOrigin : nil
        let attempt = LoginAttempt(request, of: client, keys: issuerKeys, time: time)
        logins[id] = LoginSession(
            id: id, profile: profile, client: client,
            callback: ExpectedCallback(attempt: attempt, redirectURI: redirectURI),
            deadline: time.uptime + remaining,
            waiting: listen(id, attempt, place, remaining, postOrigin))
        let start = LoginStart(
            report: LoginReport(id: id, profile: profile.name, state: .pending),
            way: .browser(url, redirectURI: redirectURI), expiresAt: expiresAt)
        return (start, pushed)
    }

    private func authorizationRequest(
        _ profile: Profile, _ client: OAuthClient, _ redirectURI: HTTPURL,
        until deadline: Timestamp
    ) throws(BrokerError) -> AuthorizationRequest {
        let details = try profile.detailsParameter()
        let signer = try profile.requestSigner(
            at: client.server, now: time.now, until: deadline)
        do throws(OAuthError) {
            return try AuthorizationRequest(
                to: client.server, clientID: profile.clientID, redirectURI: redirectURI.description,
                scope: profile.written(profile.scope),
                resource: profile.resources,
                responseMode: try profile.responseMode(at: client.server),
                extraParameters: profile.authorizationParameters + details,
                boundKey: client.possession.prover?.key, signer: signer, random: parts.random)
        } catch {
            throw BrokerError(error, profile: profile)
        }
    }

    /// Leaves the request with the server; the person's browser gets no more than its name.
    private func push(
        _ request: FormParameters, of start: LoginStart, to client: OAuthClient, _ profile: Profile
    ) async throws(BrokerError) -> LoginStart {
        guard let id = start.report.id, let expected = try session(id).callback else {
            return start
        }
        var start = start
        do throws(OAuthError) {
            let url = try await client.authorizationURL(pushing: request, at: time.now)
            start.way = .browser(url, redirectURI: expected.redirectURI)
        } catch {
            await cancelLogin(id)
            throw BrokerError(pushing: error, profile, to: client.server)
        }
        // Another may have replaced it meanwhile.
        if case .failed(let error) = try session(id).state { throw error }
        return start
    }

    private func listen(
        _ id: String, _ attempt: LoginAttempt, _ place: consuming ListeningPlace,
        _ timeout: Duration, _ postOrigin: String?
    ) -> Task<Void, Never> {
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
                    try await listener.callback(
                        timeout: timeout, time: time, postOrigin: postOrigin
                    ) { await attempt.judge($0) }
                    // The port is closed by now. The exchange must survive a cancelled listener.
                    await Task { await self.redeem(id, attempt) }.value
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
    private func redeem(_ id: String, _ attempt: LoginAttempt) async {
        guard let session = logins[id], session.state.isPending else { return }
        do throws(BrokerError) {
            // A code is good for one use: not without a place for what it gives.
            let place = try await place(for: session.profile)
            let gain: LoginAttempt.Gain
            do throws(OAuthError) {
                gain = try await attempt.redeem(trusting: session.profile.trustedAudiences)
            } catch {
                throw error.code == .grantEnded
                    ? Self.codeRefused(error, session.profile)
                    : BrokerError(error, profile: session.profile)
            }
            try await finish(
                session, with: gain.response, gain.identity.map { Credential.Identity($0) },
                in: place)
        } catch {
            await fail(session, with: error)
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
