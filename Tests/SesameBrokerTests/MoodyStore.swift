import SesameStore
import SesameSystem
import TestSupport

/// A store that refuses to save tokens, is locked, or calls profiles damaged, for as long as a test
/// wants.
struct MoodyStore: ForwardingStore {
    let store = MemoryStore()
    let isFull = Locked(false)
    let cannotBegin = Locked(false)
    let isLocked = Locked(false)
    /// Whether another store lies in its place now.
    let isReplaced = Locked(false)
    let damaged = Locked<Set<String>>([])
    /// What happens elsewhere while client secrets are read.
    let whenRead = Locked<(@Sendable () -> Void)?>(nil)

    var isInPlace: Bool { !isReplaced.withLock { $0 } }

    func credential(of profile: String) async throws(StoreError) -> Stored<Credential>? {
        try requireUnlocked()
        try requireWhole(profile)
        return try await store.credential(of: profile)
    }

    /// What is damaged is whole again then.
    func mend(
        _ credential: Credential, for profile: String,
        over wins: @Sendable (Stored<Credential>) -> Bool
    ) async throws(StoreError) -> Revision? {
        damaged.withLock { _ = $0.remove(profile) }
        return try await store.mend(credential, for: profile, over: wins)
    }

    func put(
        _ credential: Credential, for profile: String, ifStill seen: Revision?
    ) async throws(StoreError) -> Revision {
        try requireUnlocked()
        if isFull.withLock({ $0 }) { throw StoreError(.unwritable, "the disk is full") }
        return try await store.put(credential, for: profile, ifStill: seen)
    }

    private func requireWhole(_ profile: String) throws(StoreError) {
        if damaged.withLock({ $0.contains(profile) }) { throw StoreError(.damaged, "hurt") }
    }

    private func requireUnlocked() throws(StoreError) {
        if isLocked.withLock({ $0 }) { throw StoreError(.locked, "nobody has unlocked it") }
    }

    func secrets(of profile: String) async throws(StoreError) -> ClientSecrets? {
        whenRead.withLock { $0 }?()
        try requireWhole(profile)
        return try await store.secrets(of: profile)
    }

    func beginRenewal(
        of profile: String, seen: Revision?, now: Timestamp, deadline: Timestamp
    ) async throws(StoreError) -> RenewalStart {
        if cannotBegin.withLock({ $0 }) { throw StoreError(.unwritable, "the disk is full") }
        return try await store.beginRenewal(of: profile, seen: seen, now: now, deadline: deadline)
    }

    func finishRenewal(
        _ ticket: RenewalTicket, with credential: Credential, outcome: Outcome?
    ) async throws(StoreError) -> Revision {
        if isFull.withLock({ $0 }) { throw StoreError(.unwritable, "the disk is full") }
        try requireWhole(ticket.profile)
        return try await store.finishRenewal(ticket, with: credential, outcome: outcome)
    }
}
