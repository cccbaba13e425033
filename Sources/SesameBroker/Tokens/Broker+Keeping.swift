import SesameSecrets
import SesameStore
import SesameSystem

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
            try await store.finishRenewal(
                ticket, with: tokens.credential, outcome: tokens.outcome)
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
