package import SesameSecrets
import SesameSystem

// Making a store, and the passphrase that opens one.
extension Vault {
    /// Makes the store and its key.
    /// - Parameter source: where the key comes from; `nil` as the configuration says.
    package func initialise(
        from source: KeySource?, passphrase: Secret?
    ) async throws(StoreError) {
        guard try await SQLiteStore.outline(of: parts.path) == nil else {
            throw StoreError(
                .usage,
                "there is a store at \(parts.path.sanitised()) already; sesame key rotate changes its key"
            )
        }
        let before = try configuredSource()
        let source = source ?? before
        let key = key(from: source)
        guard (source == .passphrase) == (passphrase != nil) else {
            throw StoreError(
                .usage,
                passphrase == nil
                    ? "a passphrase is missing"
                    : "a key from \(source.kind.words) has no passphrase")
        }
        // The configuration first: a store whose key it does not name could not be opened.
        if source != before { try pin(source) }
        do throws(StoreError) {
            if let passphrase {
                try await unlock(key.offering(passphrase), seconds: nil)
            } else {
                adopt(try await open(with: key))
            }
        } catch {
            if source != before { try pin(before) }
            throw error
        }
    }

    /// Opens a store that has a passphrase.
    /// - Parameter seconds: for how long it need not be given again; `nil` as the configuration says.
    /// - Returns: how it is remembered.
    /// - Throws: ``StoreError/Code/keyWrong`` for a wrong one, `busy` when there were too many of these.
    package func unlock(
        _ passphrase: Secret, seconds: Int64?
    ) async throws(StoreError) -> Remembrance {
        let source = try configuredSource()
        guard source.kind.canBeLocked else {
            throw StoreError(
                .usage,
                "the key of the store comes from \(source.kind.words): there is nothing to unlock")
        }
        try await requireStore()
        guard !isUnlocking else {
            throw StoreError(.busy, "another passphrase is being tried; try again")
        }
        if let wait = attempts.wait(at: parts.time.uptime) {
            throw StoreError(
                .busy,
                "the passphrase was wrong before: try again in \(wait.components.seconds + 1) seconds"
            )
        }
        isUnlocking = true
        defer { isUnlocking = false }
        do throws(StoreError) {
            let remembrance = try await unlock(
                key(from: source).offering(passphrase), seconds: seconds)
            attempts.noteSuccess()
            return remembrance
        } catch {
            if error.code == .keyWrong { attempts.noteFailure(at: parts.time.uptime) }
            throw error
        }
    }

    /// Lets go of the store and its keys, and makes everybody forget the passphrase.
    package func lock() async throws(StoreError) {
        let source = try configuredSource()
        try requireLockable()
        if let outline = try await SQLiteStore.outline(of: parts.path) {
            key(from: source).forget(outline.id)
        }
        unlockedUntil = nil
        adopt(nil)
    }

    /// Throws where locking means nothing.
    package nonisolated func requireLockable() throws(StoreError) {
        let kind = try configuredSource().kind
        guard kind.canBeLocked else {
            throw StoreError(
                .usage,
                "the key of the store comes from \(kind.words), which is read again by itself: only a"
                    + " store with a passphrase can be locked")
        }
    }

    @discardableResult
    private func unlock(
        _ offered: OfferedPassphrase, seconds: Int64?
    ) async throws(StoreError) -> Remembrance {
        let store = try await open(with: offered)
        let remembrance = try await remember(offered, store, seconds: seconds)
        adopt(store)
        return remembrance
    }

    private func remember(
        _ offered: OfferedPassphrase, _ store: SQLiteStore, seconds: Int64?
    ) async throws(StoreError) -> Remembrance {
        let usual = try parts.configuration.vaultSettings().unlockTimeout
        let remembrance = offered.remember(
            for: try await store.description().id, seconds: seconds ?? usual)
        note(remembrance, storeID: try await store.description().id, seconds: seconds ?? usual)
        return remembrance
    }

    /// Notes for how long the store stays unlocked; `nil` for a key that can be read at any time.
    func note(_ remembrance: Remembrance?, storeID: [UInt8], seconds: Int64) {
        unlockedUntil = nil
        switch remembrance {
        case nil: hold = .always
        case .keyring(let seconds)?:
            hold = .keyring(storeID: storeID)
            unlockedUntil = parts.time.now.adding(seconds: Int64(seconds))
        case .process?: hold = .process(until: parts.time.uptime + .seconds(seconds))
        }
    }
}
