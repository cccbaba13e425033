import SesameSecrets
package import SesameSystem

/// Which state of a credential a caller has seen.
///
/// Never used twice within one store.
package struct Revision: Hashable, Sendable {
    package let number: Int64

    package init(number: Int64) {
        self.number = number
    }
}

/// A value and the revision under which it is stored.
package struct Stored<Value: Sendable>: Sendable {
    package let value: Value
    package let revision: Revision

    package init(value: Value, revision: Revision) {
        self.value = value
        self.revision = revision
    }
}

/// The right to send one token request for a profile.
///
/// It is copyable on purpose: when saving an answer fails, the holder must be able to try again.
package struct RenewalTicket: Sendable, Hashable {
    package let profile: String
    /// The fencing number: larger for every ticket, never used twice within one store.
    package let fence: Int64
}

/// The answer to a wish to renew.
package enum RenewalStart: Sendable {
    /// The caller renews. `earlierAnswerMayBeLost`: an earlier holder went away without finishing,
    /// so the server may have spent the refresh token already.
    case yours(RenewalTicket, earlierAnswerMayBeLost: Bool)
    /// Somebody else renews, until then at the latest.
    case busy(until: Timestamp)
    /// The credential is not the one the caller had seen: here it is.
    case changed(Stored<Credential>?)
}

/// Where credentials live.
///
/// What a call has written is durable when it returns.
package protocol CredentialStore: Sendable {
    /// The credential of a profile.
    func credential(of profile: String) async throws(StoreError) -> Stored<Credential>?
    /// Saves a login: replaces what was there and ends an open ticket.
    @discardableResult
    func put(
        _ credential: Credential, for profile: String
    ) async throws(StoreError) -> Revision
    /// Saves a credential in place of the one that the caller has seen, and ends an open ticket.
    /// - Throws: ``StoreError/Code/superseded`` when another is stored; nothing is overwritten then.
    func put(
        _ credential: Credential, for profile: String, ifStill seen: Revision?
    ) async throws(StoreError) -> Revision
    /// Saves a credential for a profile of which something is damaged.
    /// - Parameter wins: whether it takes the place of the one that is there; asked when that is whole.
    /// - Returns: `nil` where that one stays; it can be read again then.
    func mend(
        _ credential: Credential, for profile: String,
        over wins: @Sendable (Stored<Credential>) -> Bool
    ) async throws(StoreError) -> Revision?
    /// Removes the credential and ends an open ticket; the client secrets stay.
    func forget(_ profile: String) async throws(StoreError)
    /// The names of all profiles that hold anything, sorted.
    func profiles() async throws(StoreError) -> [String]

    /// The client secrets of a profile.
    func secrets(of profile: String) async throws(StoreError) -> ClientSecrets?
    /// Changes the client secrets of a profile; nobody else changes them meanwhile.
    func changeSecrets(
        of profile: String, _ change: @Sendable (ClientSecrets?) -> ClientSecrets
    ) async throws(StoreError)

    /// Asks for the renewal ticket; it is durable before this returns. When this throws, no token
    /// request may be sent.
    func beginRenewal(
        of profile: String, seen: Revision?, now: Timestamp, deadline: Timestamp
    ) async throws(StoreError) -> RenewalStart
    /// Saves the answer of the server, if the ticket is still the open one.
    /// - Parameter outcome: what was wrong with the answer all the same; `nil` for a success.
    /// - Throws: ``StoreError/Code/superseded`` when it is not; nothing is overwritten then.
    func finishRenewal(
        _ ticket: RenewalTicket, with credential: Credential, outcome: Outcome?
    ) async throws(StoreError) -> Revision
    /// Gives the ticket back with nothing changed, and notes why. A ticket that is not open any more
    /// is no error, and nothing is noted then.
    func abandonRenewal(_ ticket: RenewalTicket, outcome: Outcome?) async throws(StoreError)
    /// The last failure of a profile.
    func outcome(of profile: String) async throws(StoreError) -> Outcome?
    /// The deadline of an open ticket.
    func renewal(of profile: String) async throws(StoreError) -> Timestamp?

    /// Whether this is the store that lies at its place now: a file can be exchanged.
    var isInPlace: Bool { get }
}

extension CredentialStore {
    package var isInPlace: Bool { true }

    /// Saves the answer of the server, with which nothing was wrong.
    package func finishRenewal(
        _ ticket: RenewalTicket, with credential: Credential
    ) async throws(StoreError) -> Revision {
        try await finishRenewal(ticket, with: credential, outcome: nil)
    }

    /// Replaces the client secrets of a profile.
    package func put(_ secrets: ClientSecrets, for profile: String) async throws(StoreError) {
        try await changeSecrets(of: profile) { _ in secrets }
    }
}

/// A ticket that somebody holds.
struct OpenTicket: Sendable, Equatable {
    /// No renewal takes longer: a deadline further away is the trace of a clock that was wrong.
    static let longestRenewal: Int64 = 3600

    var fence: Int64
    /// 16 random bytes of the holder: tells two holders apart on any number of hosts.
    var owner: [UInt8]
    /// The process of the holder, as ``TicketHolder`` writes it; empty when unknown.
    var process: String
    var deadline: Timestamp

    static func latest(_ deadline: Timestamp, now: Timestamp) -> Timestamp {
        min(deadline, now.adding(seconds: longestRenewal))
    }

    func isOverdue(at now: Timestamp) -> Bool {
        deadline <= now || deadline > now.adding(seconds: Self.longestRenewal)
    }
}

extension StoreError {
    static func superseded(_ profile: String) -> StoreError {
        StoreError(
            .superseded,
            "a login, a logout or a renewal of \(profile.sanitised()) came first; nothing was stored."
                + " Read the store again")
    }
}
