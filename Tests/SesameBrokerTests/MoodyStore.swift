import SesameStore
import SesameSystem

/// A store that refuses to save the answer of a renewal for as long as a test wants.
struct MoodyStore: CredentialStore {
    let store = MemoryStore()
    let isFull = Locked(false)
    let cannotBegin = Locked(false)

    func credential(of profile: String) async throws(StoreError) -> Stored<Credential>? {
        try await store.credential(of: profile)
    }

    func put(_ credential: Credential, for profile: String) async throws(StoreError) -> Revision {
        try await store.put(credential, for: profile)
    }

    func forget(_ profile: String) async throws(StoreError) { try await store.forget(profile) }

    func profiles() async throws(StoreError) -> [String] { try await store.profiles() }

    func secrets(of profile: String) async throws(StoreError) -> ClientSecrets? {
        try await store.secrets(of: profile)
    }

    func put(_ secrets: ClientSecrets, for profile: String) async throws(StoreError) {
        try await store.put(secrets, for: profile)
    }

    func beginRenewal(
        of profile: String, seen: Revision?, now: Timestamp, deadline: Timestamp
    ) async throws(StoreError) -> RenewalStart {
        if cannotBegin.withLock({ $0 }) { throw StoreError(.unwritable, "the disk is full") }
        return try await store.beginRenewal(of: profile, seen: seen, now: now, deadline: deadline)
    }

    func finishRenewal(
        _ ticket: RenewalTicket, with credential: Credential
    ) async throws(StoreError) -> Revision {
        if isFull.withLock({ $0 }) { throw StoreError(.unwritable, "the disk is full") }
        return try await store.finishRenewal(ticket, with: credential)
    }

    func abandonRenewal(_ ticket: RenewalTicket, outcome: Outcome?) async throws(StoreError) {
        try await store.abandonRenewal(ticket, outcome: outcome)
    }

    func outcome(of profile: String) async throws(StoreError) -> Outcome? {
        try await store.outcome(of: profile)
    }

    func renewal(of profile: String) async throws(StoreError) -> Timestamp? {
        try await store.renewal(of: profile)
    }
}
