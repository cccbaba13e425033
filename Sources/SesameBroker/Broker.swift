package import SesameAudit
package import SesameCrypto
package import SesameHTTP
package import SesameOAuth
import SesameSecrets
package import SesameStore
package import SesameSystem

/// The broker: owns the store, talks to authorization servers, and hands out access tokens only.
package actor Broker {
    /// What the broker is made of; each part can be a test's.
    package struct Parts: Sendable {
        package var configuration: ConfigurationFile
        /// Opens a store that has no vault; called once, when first needed.
        package var openStore:
            @Sendable (ConfigurationFile.Contents) async throws(StoreError) -> any CredentialStore
        /// Who knows the key of the store; `nil` where the store has none of its own, as a test's.
        package var vault: Vault?
        package var transport: any HTTPTransport
        package var time: any TimeSource
        package var random: any RandomSource
        /// Told, in words without a secret, what a person should know at once.
        package var alarm: @Sendable (String) -> Void = { _ in }
        /// Told what has happened to a login.
        package var notify: @Sendable (BrokerNotice) -> Void = { _ in }
        /// Keeps a record of renewals and of logins that end.
        package var trail: AuditTrail?

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

        /// A broker whose store is in a vault.
        package init(
            configuration: ConfigurationFile, vault: Vault, transport: any HTTPTransport,
            time: any TimeSource = SystemTime(), random: any RandomSource = SystemRandom()
        ) {
            self.init(
                configuration: configuration,
                openStore: { _ async throws(StoreError) in try await vault.open() },
                transport: transport, time: time, random: random)
            self.vault = vault
        }
    }

    let parts: Parts
    /// What is under way for each profile's login.
    ///
    /// There is one errand at a time: a renewal, which others join, the saving of a new login, or a
    /// logout.
    var errands: [String: Task<Void, Never>] = [:]
    /// The renewals among the errands.
    var renewals: [String: Task<Result<Held, BrokerError>, Never>] = [:]
    /// What the last renewals failed with.
    var failures: [String: RepeatedFailure] = [:]
    /// Tokens that the store would not take; served, and offered to it again.
    ///
    /// Only an errand of the profile changes them.
    var unsaved: [String: Unsaved] = [:] {
        didSet {
            let isEmpty = unsaved.isEmpty
            hasUnsaved.withLock { $0 = !isEmpty }
        }
    }
    private nonisolated let hasUnsaved = Locked(false)
    /// Tokens with less scope than the login, for callers that may have no more; in memory only.
    var narrowed: [Narrowing: NarrowedToken] = [:]
    var narrowings: [Narrowing: Task<Result<AccessToken, BrokerError>, Never>] = [:]
    /// When somebody last asked for a token of each profile.
    nonisolated let asked = Locked<[String: Timestamp]>([:])
    /// What servers have refused to narrow, for a while.
    var narrowingRefusals: [Narrowing: (error: BrokerError, until: Duration)] = [:]
    /// Raised by each login and logout: tokens that were made from an earlier login are none of the next one.
    var loginNumbers: [String: Int] = [:]
    var logins: [String: LoginSession] = [:]
    var servers: [[String]: KnownServer] = [:]
    nonisolated let proofKeys = ProofKeys()
    /// Which of several client secrets worked last, on its way into the store.
    var preferences: [String: Task<Void, Never>] = [:]
    /// Profiles whose client is being registered: of two registrations at once one would be nobody's.
    var registering: Set<String> = []
    /// The public keys of servers, which ID tokens are checked with.
    var issuerKeys: IssuerKeys
    /// What has the store for itself: while it runs, no errand begins.
    var exclusive: Task<Void, Never>?
    /// Nothing new is begun once the broker is about to end.
    var isClosing = false
    /// A store without a vault, once it is open or being opened.
    private var opening: Task<Result<any CredentialStore, StoreError>, Never>?

    package init(_ parts: Parts) {
        self.parts = parts
        issuerKeys = IssuerKeys(time: parts.time)
    }

    nonisolated var time: any TimeSource { parts.time }

    /// What a caller asks of ``accessToken(_:)``.
    package struct TokenQuery: Sendable {
        package var profile: String
        /// Seconds that the token must still live.
        package var minimumValidity: Int64 = 60
        /// Renew even where the held token would do.
        package var forcesRenewal = false
        /// A scope that the token must have been granted.
        package var scope: String?
        /// A resource that the token must be for (RFC 8707).
        package var resource: String?
        /// The only scope that the token may have; `nil` for what the login was granted.
        package var narrowedScope: String?
        /// A token that the API has refused: any other will do.
        var rejected: Secret?

        package init(profile: String) {
            self.profile = profile
        }
    }

    /// A valid access token of a profile: the straight line.
    package nonisolated func accessToken(
        _ query: TokenQuery
    ) async throws(BrokerError) -> AccessToken {
        try await accessToken(query, of: try usableProfile(query.profile))
    }

    /// The same for a profile as it was when the caller looked.
    nonisolated func accessToken(
        _ query: TokenQuery, of profile: Profile
    ) async throws(BrokerError) -> AccessToken {
        try profile.requireResource(query.resource)
        noteUse(of: profile.name)
        if let token = heldToken(query, of: profile) {
            return try token.granting(query.scope, profile: profile.name)
        }
        return try await soughtToken(query, of: profile)
    }

    /// A token that is good and known to be the stored one, without a step to another actor or thread.
    private nonisolated func heldToken(
        _ query: TokenQuery, of profile: Profile
    ) -> AccessToken? {
        guard !query.forcesRenewal, query.rejected == nil, query.narrowedScope == nil,
            !hasUnsaved.withLock({ $0 }),
            let credential = parts.vault?.storeInUse?.rememberedCredential(of: profile.name)?.value,
            credential.belongs(to: profile), credential.isForResources(of: profile)
        else { return nil }
        return credential.usable(at: time.now, for: query.minimumValidity)
    }

    private func soughtToken(
        _ query: TokenQuery, of profile: Profile
    ) async throws(BrokerError) -> AccessToken {
        if let scope = query.narrowedScope {
            return try await narrowedToken(query, to: scope, of: profile)
        }
        for _ in 0..<4 {
            let held = try await look(profile)
            if query.isSatisfied(by: held, seen: held.revision, at: time.now) {
                return try query.token(of: held, profile, at: time.now)
            }
            switch try await renewal(of: profile, seen: held.revision, query) {
            case .own(let renewed):
                return try query.token(of: renewed, profile, at: time.now)
            case .joined(let renewed)
            where renewed.credential?.usable(by: profile)?.accessToken != nil
                && query.isSatisfied(by: renewed, seen: held.revision, at: time.now):
                return try query.token(of: renewed, profile, at: time.now)
            // Somebody else's errand does not answer this question: look again.
            case .joined, .other: continue
            }
        }
        throw BrokerError(
            .temporary, "the login of profile \(profile.name) keeps changing",
            hints: ["try again"])
    }

    /// Waits until nothing is under way and all tokens are saved: none is left in the air.
    package func settle() async {
        isClosing = true
        while true {
            if let errand = exclusive ?? errands.values.first {
                await errand.value
            } else if let narrowing = narrowings.values.first {
                _ = await narrowing.value
            } else if let login = logins.values.first(where: \.state.isPending) {
                await cancelLogin(login.id)
            } else {
                break
            }
        }
        for preference in preferences.values { await preference.value }
        for name in unsaved.keys { await offerAgain(name, patiently: true) }
        for name in unsaved.keys {
            parts.alarm("the new tokens of profile \(name) could not be saved and are lost")
        }
    }

    /// The profile, if it is complete enough to be used for tokens.
    nonisolated func usableProfile(_ name: String) throws(BrokerError) -> Profile {
        let profile = try parts.configuration.profile(name)
        if let defect = profile.defect { throw defect }
        guard profile.grant != .basic else {
            throw BrokerError(
                .usage, "profile \(name) signs with a user name and password; it has no token",
                hints: ["use: sesame header \(name) --url …, or sesame request \(name) …"])
        }
        return profile
    }

    /// What a profile holds, once the store was offered what it would not take before.
    func look(_ profile: Profile) async throws(BrokerError) -> Held {
        await offerAgain(profile.name)
        return try await read(profile)
    }

    /// What a profile holds, from one look at the store.
    func read(_ profile: Profile) async throws(BrokerError) -> Held {
        let stored = try await fromStore { store throws(StoreError) in
            try await store.credential(of: profile.name)
        }
        var newest = stored?.value
        // Tokens in memory count as long as nobody has stored anything newer.
        if let waiting = unsaved[profile.name], waiting.supersedes(stored) {
            newest = waiting.credential
        }
        return Held(credential: newest?.usable(by: profile), revision: stored?.revision)
    }

    /// The only place where a failure of the store becomes the broker's.
    /// - Parameter held: the store in which something was begun. It is finished there, even where that
    ///   has been locked since: the answer of a server has no other place to go.
    func fromStore<Value: Sendable>(
        _ held: (any CredentialStore)? = nil,
        _ body: (any CredentialStore) async throws(StoreError) -> Value
    ) async throws(BrokerError) -> Value {
        do throws(StoreError) {
            if let held, held.isInPlace {
                do throws(StoreError) { return try await body(held) } catch {
                    guard error.concernsTheKey else { throw error }
                }
            }
            do throws(StoreError) {
                return try await body(try await store())
            } catch {
                // Another process may have changed the key: then what is open is opened anew, once.
                guard let vault = parts.vault, error.code == .keyWrong || error.code == .keySource
                else { throw error }
                await vault.refresh()
                return try await body(try await vault.open())
            }
        } catch {
            throw BrokerError(error)
        }
    }

    private func store() async throws(StoreError) -> any CredentialStore {
        // The vault knows whether the store may still be used.
        if let vault = parts.vault { return try await vault.open() }
        if let opening, case .success(let store) = await opening.value { return store }
        let contents: ConfigurationFile.Contents
        do throws(BrokerError) {
            contents = try parts.configuration.contents()
        } catch {
            // Without it the key's place is unknown, and the usual one must not be taken instead.
            throw StoreError(.keyUnreadable, error.message)
        }
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

extension StoreError {
    fileprivate var concernsTheKey: Bool { [.keyWrong, .keySource, .locked].contains(code) }
}
