package import SesameCrypto
package import SesameHTTP
package import SesameOAuth
package import SesameStore
package import SesameSystem

/// The broker: owns the store, talks to authorization servers, and hands out access tokens only.
package actor Broker {
    /// What the broker is made of; each part can be a test's.
    package struct Parts: Sendable {
        package var configuration: ConfigurationFile
        /// Opens the store, making its key where there is none yet.
        ///
        /// Called once, when first needed.
        package var openStore:
            @Sendable (ConfigurationFile.Contents) async throws(StoreError) -> any CredentialStore
        package var transport: any HTTPTransport
        package var time: any TimeSource
        package var random: any RandomSource

        package init(
            configuration: ConfigurationFile,
            openStore:
                @escaping @Sendable (ConfigurationFile.Contents) async throws(StoreError) ->
                any CredentialStore,
            transport: any HTTPTransport, time: any TimeSource = SystemTime(),
            random: any RandomSource = SystemRandom()
        ) {
            self.configuration = configuration
            self.openStore = openStore
            self.transport = transport
            self.time = time
            self.random = random
        }
    }

    let parts: Parts
    /// The one renewal of each profile, which everybody who needs it joins.
    var renewals: [String: Task<Result<Credential, BrokerError>, Never>] = [:]
    /// Renewed credentials that the store would not take; served, and offered to it again.
    var unsaved: [String: Unsaved] = [:]
    var logins: [String: LoginSession] = [:]
    var servers: [String: KnownServer] = [:]
    private var opening: Task<Result<any CredentialStore, StoreError>, Never>?

    package init(_ parts: Parts) {
        self.parts = parts
    }

    var time: any TimeSource { parts.time }

    /// What a caller asks of ``accessToken(_:)``.
    package struct TokenQuery: Sendable {
        package var profile: String
        /// Seconds that the token must still live.
        package var minimumValidity: Int64 = 60
        /// Renew even where the held token would do.
        package var forcesRenewal = false
        /// A scope that the token must have been granted.
        package var scope: String?

        package init(profile: String) {
            self.profile = profile
        }
    }

    /// A valid access token of a profile: the straight line.
    package func accessToken(_ query: TokenQuery) async throws(BrokerError) -> AccessToken {
        let profile = try usableProfile(query.profile)
        let held = try await held(by: profile)
        if !query.forcesRenewal,
            let token = held?.value.usable(at: time.now, for: query.minimumValidity)
        {
            return try token.granting(query.scope, profile: profile.name)
        }
        let renewed = try await renewal(of: profile, seen: held?.revision, query).get()
        guard let token = renewed.accessToken(at: time.now) else {
            throw BrokerError(.serverRefused, "the server gave a token that has expired already")
        }
        return try token.granting(query.scope, profile: profile.name)
    }

    /// Waits until no renewal and no login is under way, and offers the store once more what it would
    /// not take: a rotated token is never left in the air.
    package func settle() async {
        while let renewal = renewals.values.first { _ = await renewal.value }
        for waiting in unsaved.values {
            _ = try? await finish(waiting.flight, with: waiting.credential)
        }
        for session in logins.values { await cancelLogin(session.id) }
    }

    /// The profile, if it is complete enough to be used for tokens.
    func usableProfile(_ name: String) throws(BrokerError) -> Profile {
        let profile = try parts.configuration.profile(name)
        if let defect = profile.defect { throw defect }
        guard profile.grant != .basic else {
            throw BrokerError(
                .usage, "profile \(name) signs with a user name and password; it has no token",
                hints: ["use: sesame header \(name) --url …, or sesame request \(name) …"])
        }
        return profile
    }

    /// What is stored for a profile, where it belongs to the client that the profile names now.
    func held(by profile: Profile) async throws(BrokerError) -> Stored<Credential>? {
        guard let stored = try await stored(for: profile),
            let held = stored.value.belonging(to: profile)
        else { return nil }
        return Stored(value: held, revision: stored.revision)
    }

    /// What is stored under a profile's name. What the store would not take is offered to it again,
    /// and served all the same.
    func stored(for profile: Profile) async throws(BrokerError) -> Stored<Credential>? {
        if let waiting = unsaved[profile.name] {
            _ = try? await finish(waiting.flight, with: waiting.credential)
        }
        let stored = try await fromStore { store throws(StoreError) in
            try await store.credential(of: profile.name)
        }
        guard let waiting = unsaved[profile.name] else { return stored }
        return Stored(
            value: waiting.credential, revision: stored?.revision ?? Revision(number: 0))
    }

    /// The only place where a failure of the store becomes the broker's.
    func fromStore<Value: Sendable>(
        _ body: (any CredentialStore) async throws(StoreError) -> Value
    ) async throws(BrokerError) -> Value {
        do throws(StoreError) {
            return try await body(try await store())
        } catch {
            throw BrokerError(error)
        }
    }

    private func store() async throws(StoreError) -> any CredentialStore {
        if let opening, case .success(let store) = await opening.value { return store }
        let contents = (try? parts.configuration.contents()) ?? ConfigurationFile.Contents()
        let open = parts.openStore
        let task =
            opening
            ?? Task<Result<any CredentialStore, StoreError>, Never> {
                do throws(StoreError) { return .success(try await open(contents)) } catch {
                    return .failure(error)
                }
            }
        opening = task
        let result = await task.value
        if case .failure = result { opening = nil }
        return try result.get()
    }
}
