package import SesameSystem

/// A store that forgets everything with the process: for tests, and the reference for the others.
package actor MemoryStore: CredentialStore {
    private struct Profile {
        var credential: Stored<Credential>?
        var secrets: ClientSecrets?
        var outcome: Outcome?
        var ticket: OpenTicket?
    }
    private var entries: [String: Profile] = [:]
    private var counter: Int64 = 0

    /// Makes an empty store.
    package init() {}

    package func credential(of profile: String) throws(StoreError) -> Stored<Credential>? {
        entries[profile]?.credential
    }

    @discardableResult
    package func put(
        _ credential: Credential, for profile: String
    ) throws(StoreError) -> Revision {
        entries[profile, default: Profile()].ticket = nil
        return save(credential, profile)
    }

    package func put(
        _ credential: Credential, for profile: String, ifStill seen: Revision?
    ) throws(StoreError) -> Revision {
        guard entries[profile]?.credential?.revision == seen else { throw .superseded(profile) }
        return try put(credential, for: profile)
    }

    package func mend(
        _ credential: Credential, for profile: String,
        over wins: @Sendable (Stored<Credential>) -> Bool
    ) throws(StoreError) -> Revision? {
        if let here = entries[profile]?.credential, !wins(here) { return nil }
        return try put(credential, for: profile)
    }

    package func forget(_ profile: String) throws(StoreError) {
        entries[profile]?.credential = nil
        entries[profile]?.outcome = nil
        entries[profile]?.ticket = nil
    }

    package func profiles() throws(StoreError) -> [String] {
        entries.filter { $0.value.credential != nil || $0.value.secrets != nil }.keys.sorted()
    }

    package func secrets(of profile: String) throws(StoreError) -> ClientSecrets? {
        entries[profile]?.secrets
    }

    package func changeSecrets(
        of profile: String, _ change: @Sendable (ClientSecrets?) -> ClientSecrets
    ) throws(StoreError) {
        entries[profile, default: Profile()].secrets = change(entries[profile]?.secrets)
    }

    package func beginRenewal(
        of profile: String, seen: Revision?, now: Timestamp, deadline: Timestamp
    ) throws(StoreError) -> RenewalStart {
        let entry = entries[profile] ?? Profile()
        guard entry.credential?.revision == seen else { return .changed(entry.credential) }
        if let open = entry.ticket, !open.isOverdue(at: now) { return .busy(until: open.deadline) }
        let fence = next()
        entries[profile, default: Profile()].ticket = OpenTicket(
            fence: fence, owner: [], process: "", deadline: OpenTicket.latest(deadline, now: now))
        return .yours(
            RenewalTicket(profile: profile, fence: fence),
            earlierAnswerMayBeLost: entry.ticket != nil)
    }

    package func finishRenewal(
        _ ticket: RenewalTicket, with credential: Credential, outcome: Outcome?
    ) throws(StoreError) -> Revision {
        guard entries[ticket.profile]?.ticket?.fence == ticket.fence else {
            throw .superseded(ticket.profile)
        }
        entries[ticket.profile]?.ticket = nil
        defer { entries[ticket.profile]?.outcome = outcome }
        return save(credential, ticket.profile)
    }

    package func abandonRenewal(_ ticket: RenewalTicket, outcome: Outcome?) throws(StoreError) {
        guard entries[ticket.profile]?.ticket?.fence == ticket.fence else { return }
        entries[ticket.profile]?.ticket = nil
        if let outcome { entries[ticket.profile]?.outcome = outcome }
    }

    package func outcome(of profile: String) throws(StoreError) -> Outcome? {
        entries[profile]?.outcome
    }

    package func renewal(of profile: String) throws(StoreError) -> Timestamp? {
        entries[profile]?.ticket?.deadline
    }

    private func save(_ credential: Credential, _ profile: String) -> Revision {
        let revision = Revision(number: next())
        entries[profile]?.credential = Stored(value: credential, revision: revision)
        entries[profile]?.outcome = nil
        return revision
    }

    private func next() -> Int64 {
        counter += 1
        return counter
    }
}
