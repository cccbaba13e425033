package import SesameStore
package import SesameSystem

/// A store that hands every call to another one; a test's own stores do a few calls differently.
package protocol ForwardingStore: CredentialStore {
    associatedtype Base: CredentialStore
    var store: Base { get }
}

extension ForwardingStore {
    package var isInPlace: Bool { store.isInPlace }

    package func credential(
        of profile: String
    ) async throws(StoreError) -> Stored<Credential>? {
        try await store.credential(of: profile)
    }

    @discardableResult
    package func put(
        _ credential: Credential, for profile: String
    ) async throws(StoreError) -> Revision {
        try await store.put(credential, for: profile)
    }

    package func put(
        _ credential: Credential, for profile: String, ifStill seen: Revision?
    ) async throws(StoreError) -> Revision {
        try await store.put(credential, for: profile, ifStill: seen)
    }

    package func mend(
        _ credential: Credential, for profile: String,
        over wins: @Sendable (Stored<Credential>) -> Bool
    ) async throws(StoreError) -> Revision? {
        try await store.mend(credential, for: profile, over: wins)
    }

    package func forget(_ profile: String) async throws(StoreError) {
        try await store.forget(profile)
    }

    package func profiles() async throws(StoreError) -> [String] { try await store.profiles() }

    package func secrets(of profile: String) async throws(StoreError) -> ClientSecrets? {
        try await store.secrets(of: profile)
    }

    package func changeSecrets(
        of profile: String, _ change: @Sendable (ClientSecrets?) -> ClientSecrets
    ) async throws(StoreError) {
        try await store.changeSecrets(of: profile, change)
    }

    package func beginRenewal(
        of profile: String, seen: Revision?, now: Timestamp, deadline: Timestamp
    ) async throws(StoreError) -> RenewalStart {
        try await store.beginRenewal(of: profile, seen: seen, now: now, deadline: deadline)
    }

    package func finishRenewal(
        _ ticket: RenewalTicket, with credential: Credential, outcome: Outcome?
    ) async throws(StoreError) -> Revision {
        try await store.finishRenewal(ticket, with: credential, outcome: outcome)
    }

    package func abandonRenewal(
        _ ticket: RenewalTicket, outcome: Outcome?
    ) async throws(StoreError) {
        try await store.abandonRenewal(ticket, outcome: outcome)
    }

    package func outcome(of profile: String) async throws(StoreError) -> Outcome? {
        try await store.outcome(of: profile)
    }

    package func renewal(of profile: String) async throws(StoreError) -> Timestamp? {
        try await store.renewal(of: profile)
    }
}
