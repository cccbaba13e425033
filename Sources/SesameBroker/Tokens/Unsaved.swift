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
    /// What was wrong with the answer that they came in.
    var outcome: Outcome?
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
    var forAnotherStore: Unsaved {
        var tokens = self
        tokens.base = .unknown
        return tokens
    }

    func overtaken(_ how: String) -> BrokerError {
        BrokerError(
            .loginRequired, "\(how) during its \(ticket == nil ? "login" : "renewal")",
            hints: ["log in again: sesame login \(profile.name)"])
    }

    var droppedForNewer: String {
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
