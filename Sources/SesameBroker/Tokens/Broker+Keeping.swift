import SesameSecrets
import SesameStore
import SesameSystem

/// Tokens that the server gave and the store has not taken yet.
struct Unsaved: Sendable {
    let credential: Credential
    let profile: Profile
    /// What was stored when they came: they are the newest only as long as it still is.
    private(set) var base: Base
    /// The ticket of the renewal they come from; `nil` for a login.
    let ticket: RenewalTicket?
    /// What the renewal presented; `nil` for a login.
    let presented: Credential?
    /// The store that was open when they were asked for.
    let store: any CredentialStore

    /// What stood in the store.
    enum Base: Sendable, Equatable {
        case revision(Revision?, loggedInAt: Timestamp? = nil)
        /// It could not be read.
        case unknown
    }

    /// What a renewal gave.
    init(_ credential: Credential, of flight: Flight) {
        self.credential = credential
        profile = flight.profile
        base = .revision(flight.seen)
        ticket = flight.ticket
        presented = flight.held
        store = flight.store
    }

    /// What a login gave.
    init(
        _ credential: Credential, of profile: Profile, replacing base: Base,
        in store: any CredentialStore
    ) {
        self.credential = credential
        self.profile = profile
        self.base = base
        self.store = store
        ticket = nil
        presented = nil
    }
}

/// How the end of a renewal went.
enum Finish: Sendable {
    case saved(Revision)
    /// The ticket was not ours any more; this is what is stored.
    case overtaken(Stored<Credential>?)
}

/// Saving what must not be lost. All of it runs within the profile's errand, so that nothing else
/// changes its login here meanwhile.
extension Broker {
    /// Writes what a login or a renewal gave; answers with what counts now.
    ///
    /// A store that will not take it is tried for a while. Then the tokens are served from memory and
    /// offered again with every call and at the end, since throwing them away would lose the login.
    func keep(_ tokens: Unsaved) async throws(BrokerError) -> Held {
        for attempt in 0..<5 {
            do throws(BrokerError) {
                return try await commit(tokens)
            } catch {
                // Overtaken by a logout: that is an answer, not a failure of the store.
                if error.code == .loginRequired { throw error }
                // Not before the store has refused: nobody sees a token that could still be lost.
                unsaved[tokens.profile.name] = tokens
                if attempt == 0 {
                    parts.alarm(
                        "the new tokens of profile \(tokens.profile.name) are not saved yet: "
                            + error.message)
                }
                try? await time.sleep(for: .milliseconds(100 << attempt))
            }
        }
        return Held(credential: tokens.credential, revision: nil)
    }

    /// Saves a login when nothing else is under way for the profile.
    ///
    /// It replaces whatever was there, but a newer login of another process.
    func keepLogin(_ tokens: Unsaved) async throws(BrokerError) {
        let result: Result<Held, BrokerError> = await alone(tokens.profile.name) {
            await self.kept(tokens)
        }
        let held = try result.get()
        guard let token = held.credential?.accessToken, let own = tokens.credential.accessToken,
            !token.equals(own)
        else { return }
        throw BrokerError(
            .temporary,
            "another login of profile \(tokens.profile.name) was stored meanwhile; this one was dropped"
        )
    }

    /// Offers the store again what it would not take, unless an errand is under way, which does.
    func offerAgain(_ name: String, patiently: Bool = false) async {
        guard unsaved[name] != nil, errands[name] == nil else { return }
        let attempts = patiently ? 5 : 1
        await alone(name) {
            for attempt in 0..<attempts {
                if (try? await self.saveAgain(name)) != nil { return }
                guard attempt + 1 < attempts else { return }
                try? await self.time.sleep(for: .milliseconds(100 << attempt))
            }
        }
    }

    /// Stores what is in memory only, or throws.
    ///
    /// Within an errand.
    func saveAgain(_ name: String) async throws(BrokerError) {
        guard let waiting = unsaved[name] else { return }
        do throws(BrokerError) {
            _ = try await commit(waiting)
        } catch {
            guard error.code == .loginRequired else { throw error }
        }
    }

    /// Stores a credential under the flight's ticket, and says whether the ticket was still ours.
    func finish(_ flight: Flight, with credential: Credential) async throws(BrokerError) -> Finish {
        try await write(flight.profile.name, in: flight.store) { store throws(StoreError) in
            try await store.finishRenewal(flight.ticket, with: credential)
        }
    }

    /// What a login replaces, from a look before it is redeemed.
    func base(of name: String, in store: any CredentialStore) async -> Unsaved.Base {
        do throws(BrokerError) {
            let stored = try await stored(name, in: store)
            return .revision(stored?.revision, loggedInAt: stored?.value.loggedInAt)
        } catch {
            return .unknown
        }
    }

    /// How earlier logins of the same client at the same server went; it only helps to foresee the end of the
    /// next one, so what cannot be read is none.
    func pastLogins(of profile: Profile, in store: any CredentialStore) async -> [PastLogin] {
        guard let stored = try? await stored(profile.name, in: store),
            stored.value.belongs(to: profile)
        else { return [] }
        return stored.value.history
    }

    private func stored(
        _ name: String, in store: any CredentialStore
    ) async throws(BrokerError) -> Stored<Credential>? {
        try await fromStore(store) { store throws(StoreError) in
            try await store.credential(of: name)
        }
    }

    private func kept(_ tokens: Unsaved) async -> Result<Held, BrokerError> {
        do throws(BrokerError) {
            return .success(try await keep(tokens))
        } catch {
            return .failure(error)
        }
    }

    /// Stores tokens in the place of what was seen there, if that still stands there.
    private func replace(
        _ tokens: Unsaved, ifStill seen: Revision?
    ) async throws(BrokerError) -> Finish {
        let name = tokens.profile.name
        return try await write(name, in: tokens.store) { store throws(StoreError) in
            try await store.put(tokens.credential, for: name, ifStill: seen)
        }
    }

    private func write(
        _ name: String, in store: any CredentialStore,
        _ write: (any CredentialStore) async throws(StoreError) -> Revision
    ) async throws(BrokerError) -> Finish {
        try await fromStore(store) { store throws(StoreError) in
            do throws(StoreError) {
                return .saved(try await write(store))
            } catch {
                guard error.code == .superseded else { throw error }
                return .overtaken(try await store.credential(of: name))
            }
        }
    }

    /// One attempt to store; whatever is stored after it, nothing of these tokens is left to save.
    private func commit(_ tokens: Unsaved) async throws(BrokerError) -> Held {
        let end = try await end(of: tokens)
        unsaved[tokens.profile.name] = nil
        switch end {
        case .saved(let revision):
            return Held(credential: tokens.credential, revision: revision)
        case .overtaken(let stored?)
        where stored.value.belongs(to: tokens.profile) && stored.value.ended == nil:
            parts.alarm(tokens.droppedForNewer)
            return Held(credential: stored.value, revision: stored.revision)
        case .overtaken(nil):
            // Nobody will hold them: they must not stay valid at the server.
            _ = await revoke(tokens.credential, tokens.profile)
            throw tokens.overtaken("somebody logged out of profile \(tokens.profile.name)")
        case .overtaken:
            parts.alarm(tokens.droppedForNewer)
            throw tokens.overtaken("profile \(tokens.profile.name) has got another login")
        }
    }

    /// What is damaged cannot be newer, and what is whole beside it may be.
    private func end(of tokens: Unsaved) async throws(BrokerError) -> Finish {
        let tokens = tokens.store.isInPlace ? tokens : tokens.forAnotherStore
        do throws(BrokerError) {
            return try await replaceOlder(try await first(tokens), tokens)
        } catch {
            guard error.code == .storeDamaged else { throw error }
            let name = tokens.profile.name
            return try await fromStore(tokens.store) { store throws(StoreError) in
                let revision = try await store.mend(tokens.credential, for: name) {
                    tokens.supersedes($0)
                }
                if let revision { return .saved(revision) }
                return .overtaken(try await store.credential(of: name))
            }
        }
    }

    /// A renewal is finished with its ticket; for a login this looks at what there is.
    private func first(_ tokens: Unsaved) async throws(BrokerError) -> Finish {
        let name = tokens.profile.name
        guard let ticket = tokens.ticket else {
            return .overtaken(try await stored(name, in: tokens.store))
        }
        return try await write(name, in: tokens.store) { store throws(StoreError) in
            try await store.finishRenewal(ticket, with: tokens.credential)
        }
    }

    /// What stands there now is replaced only where it is older; each look may find another.
    private func replaceOlder(
        _ found: Finish, _ tokens: Unsaved
    ) async throws(BrokerError) -> Finish {
        var end = found
        while case .overtaken(let stored) = end, tokens.supersedes(stored) {
            end = try await replace(tokens, ifStill: stored?.revision)
        }
        return end
    }
}

extension Unsaved {
    /// Whether these tokens count, and not what is stored.
    ///
    /// The newer login does. Within one login, what a renewal gave counts where its ticket was taken over
    /// without an answer yet, or with the answer that the old token is spent; and where what is stored
    /// comes from before the renewal, as from a backup.
    func supersedes(_ stored: Stored<Credential>?) -> Bool {
        if case .revision(let seen, _) = base, seen == stored?.revision { return true }
        // Logged out of since; unless nobody knows what there was.
        guard let stored = stored?.value else { return base == .unknown }
        let (theirs, ours) = (stored.loggedInAt, credential.loggedInAt)
        // The login that this one replaces, whatever the clock says; only renewed since.
        if ticket == nil, case .revision(_, theirs?) = base { return true }
        guard theirs == ours else { return theirs < ours }
        guard ticket != nil else { return base == .unknown }
        return stored.ended != nil || presented?.isNoOlder(than: stored) == true
    }

    /// The store that they were for is gone: what there is now says nothing of what was there.
    ///
    /// Absence is no logout then, and the tokens are the last ones.
    fileprivate var forAnotherStore: Unsaved {
        var tokens = self
        tokens.base = .unknown
        return tokens
    }

    fileprivate func overtaken(_ how: String) -> BrokerError {
        BrokerError(
            .loginRequired, "\(how) during its \(ticket == nil ? "login" : "renewal")",
            hints: ["log in again: sesame login \(profile.name)"])
    }

    fileprivate var droppedForNewer: String {
        "newer tokens of profile \(profile.name) are stored; those that were not saved yet are dropped"
    }
}

extension Credential {
    /// Whether the other one has the same refresh token, or one of before.
    fileprivate func isNoOlder(than other: Credential) -> Bool {
        if let refreshToken, let theirs = other.refreshToken, refreshToken.equals(theirs) {
            return true
        }
        return other.aliveAt < aliveAt
    }
}
