import SesameStore
import SesameSystem

/// Tokens that the server gave and the store has not taken yet.
struct Unsaved: Sendable {
    let credential: Credential
    let profile: Profile
    /// The renewal they come from; `nil` for a login.
    let flight: Flight?

    init(_ credential: Credential, profile: Profile, flight: Flight?) {
        self.credential = credential
        self.profile = profile
        self.flight = flight
    }
}

/// How the end of a renewal went.
enum Finish: Sendable {
    case saved
    /// The ticket was not ours any more; this is what is stored.
    case overtaken(Stored<Credential>?)
}

/// Saving what must not be lost.
extension Broker {
    /// Writes what a login or a renewal gave; answers with what counts now.
    ///
    /// A store that will not take it is tried for a while. Then the tokens are served from memory and
    /// offered again with every call and at the end, since throwing them away would lose the login.
    func keep(_ tokens: Unsaved) async throws(BrokerError) -> Credential {
        let name = tokens.profile.name
        for attempt in 0..<5 {
            do throws(BrokerError) {
                return try await offer(tokens)
            } catch {
                // Overtaken by a logout: that is an answer, not a failure of the store.
                if error.code == .loginRequired { throw error }
                // Not before the store has refused: nobody sees a token that could still be lost.
                unsaved[name] = tokens
                if attempt == 0 {
                    parts.alarm(
                        "the new tokens of profile \(name) are not saved yet: \(error.message)")
                }
                try? await time.sleep(for: .milliseconds(100 << attempt))
            }
        }
        return tokens.credential
    }

    /// Offers the store again what it would not take.
    func offerAgain(_ name: String) async {
        // A flight under way saves for itself.
        guard flights[name] == nil, let tokens = unsaved[name] else { return }
        _ = try? await offer(tokens)
    }

    /// Stores a credential under the flight's ticket, and says whether the ticket was still ours.
    func finish(_ flight: Flight, with credential: Credential) async throws(BrokerError) -> Finish {
        try await fromStore { store throws(StoreError) in
            do throws(StoreError) {
                _ = try await store.finishRenewal(flight.ticket, with: credential)
                return .saved
            } catch {
                guard error.code == .superseded else { throw error }
                return .overtaken(try await store.credential(of: flight.profile.name))
            }
        }
    }

    private func offer(_ tokens: Unsaved) async throws(BrokerError) -> Credential {
        let name = tokens.profile.name
        guard let flight = tokens.flight else {
            try await put(tokens)
            return tokens.credential
        }
        switch try await finish(flight, with: tokens.credential) {
        case .saved:
            forgetUnsaved(tokens)
            return tokens.credential
        case .overtaken(let stored?) where tokens.supersedes(stored):
            try await put(tokens)
            return tokens.credential
        case .overtaken(let stored):
            forgetUnsaved(tokens)
            if let winner = stored?.value, winner.belongs(to: tokens.profile), winner.ended == nil {
                return winner
            }
            throw BrokerError(
                .loginRequired, "somebody logged out of profile \(name) during its renewal",
                hints: ["log in again: sesame login \(name)"])
        }
    }

    private func put(_ tokens: Unsaved) async throws(BrokerError) {
        _ = try await fromStore { store throws(StoreError) in
            try await store.put(tokens.credential, for: tokens.profile.name)
        }
        forgetUnsaved(tokens)
    }

    /// A newer entry, which came while we waited, stays.
    private func forgetUnsaved(_ tokens: Unsaved) {
        let waiting = unsaved[tokens.profile.name]
        if waiting?.flight?.ticket == tokens.flight?.ticket { unsaved[tokens.profile.name] = nil }
    }
}

extension Unsaved {
    /// Whether these tokens are newer than what is stored although the ticket has gone: somebody took
    /// the renewal for abandoned, and has not answered yet, or has found the old token spent.
    fileprivate func supersedes(_ stored: Stored<Credential>) -> Bool {
        stored.revision == flight?.seen
            || stored.value.ended != nil && stored.value.loggedInAt == credential.loggedInAt
    }
}
