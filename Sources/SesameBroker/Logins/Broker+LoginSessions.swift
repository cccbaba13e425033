import SesameCrypto
import SesameHTTP
import SesameLogin
import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

/// Keeping and waiting for logins.
extension Broker {
    func session(_ id: String) throws(BrokerError) -> LoginSession {
        guard let session = logins[id] else {
            throw BrokerError(.usage, "there is no such login; it may have ended a while ago")
        }
        return session
    }

    /// A name for a login that nobody can guess.
    func newLoginID() -> String { parts.random.bytes(16).withBytes { Base64URL.encode($0) } }

    /// Whose login it is; `nil` when there is no such login.
    package func profile(ofLogin id: String) -> String? { logins[id]?.profile.name }

    /// Where the tokens of a login will be kept.
    struct PlaceForTokens {
        let store: any CredentialStore
        let base: Unsaved.Base
    }

    /// Finds that place before the server is asked for the tokens.
    func place(for profile: Profile) async throws(BrokerError) -> PlaceForTokens {
        let store = try await fromStore { store in store }
        return PlaceForTokens(store: store, base: await base(of: profile.name, in: store))
    }

    /// Stores what the server gave, and tells everybody who waits.
    func finish(
        _ session: LoginSession, with response: TokenResponse, _ identity: Credential.Identity?,
        in place: PlaceForTokens
    ) async throws(BrokerError) {
        let profile = session.profile
        var credential = Credential(
            response, from: session.client.server.tokenEndpoint, profile: profile, at: time.now)
        credential.identity = identity
        credential.pastLogins = await pastLogins(of: profile, in: place.store)
        try await keepLogin(
            Unsaved(credential, of: profile, replacing: place.base, in: place.store))
        noteLogin(of: profile.name, .loggedIn(profile.name))
        await recordLogin(of: profile, credential)
        logins[session.id]?.note = profile.note(granted: response.authorizationDetails)
        conclude(session.id, .done(scope: credential.scope, expiresAt: credential.accessExpiresAt))
    }

    /// Ends a login without tokens.
    func fail(_ session: LoginSession, with error: BrokerError) async {
        await recordLogin(of: session.profile, nil, refusal: error)
        conclude(session.id, .failed(error))
    }

    /// The end of a login.
    ///
    /// Only the first one counts.
    func conclude(_ id: String, _ state: LoginReport.State) {
        guard let session = logins[id], session.state.isPending else { return }
        logins[id]?.state = state
        logins[id]?.waiters = [:]
        for waiter in session.waiters.values { waiter.resume() }
    }

    /// Waits until the login ends, or the seconds are over.
    func pause(_ id: String, seconds: Int64) async {
        let ticket = (logins[id]?.waiters.keys.max() ?? 0) + 1
        let time = time
        let alarm = Task {
            guard (try? await time.sleep(for: .seconds(seconds))) != nil else { return }
            self.wake(id, ticket)
        }
        await withCheckedContinuation { continuation in
            if logins[id]?.state.isPending == true {
                logins[id]?.waiters[ticket] = continuation
            } else {
                continuation.resume()
            }
        }
        alarm.cancel()
    }

    /// Ended logins are kept for a while, so that the last question about them has an answer.
    func forgetOldLogins() {
        let now = time.uptime
        logins = logins.filter {
            $0.value.state.isPending || $0.value.deadline + .seconds(600) > now
        }
    }

    private func wake(_ id: String, _ ticket: Int) {
        logins[id]?.waiters.removeValue(forKey: ticket)?.resume()
    }
}

extension LoginSession {
    var report: LoginReport { LoginReport(id: id, profile: profile.name, state: state, note: note) }
}

extension LoginReport.State {
    var isPending: Bool { if case .pending = self { true } else { false } }
}

/// Where the browser will bring the callback.
enum ListeningPlace: ~Copyable, Sendable {
    case listener(LoopbackListener)
    case elsewhere(HTTPURL)

    var redirectURI: HTTPURL {
        switch self {
        case .listener(let listener): listener.redirectURI
        case .elsewhere(let url): url
        }
    }
}

/// Carries a value that cannot be copied into a task that may run once.
final class OneShot<Value: ~Copyable & Sendable>: Sendable {
    private let value: Locked<Bool>
    private nonisolated(unsafe) var held: Value?

    init(_ value: consuming Value) {
        unsafe held = consume value
        self.value = Locked(false)
    }

    func take() -> Value? {
        guard
            self.value.withLock({ isTaken in
                defer { isTaken = true }; return !isTaken
            })
        else { return nil }
        return unsafe held.take()
    }
}
