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
                adopt(Opened(store: try await open(with: key), hold: .always))
            }
        } catch {
            // Where the store was made all the same, its key comes from there.
            let made = try? await SQLiteStore.outline(of: parts.path)
            if source != before, made == nil { try pin(before) }
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
    ///
    /// A store whose header cannot be read is locked as well: this process or the anchor knows which one
    /// it was.
    package func lock() async throws(StoreError) {
        let source = try configuredSource()
        try requireLockable()
        let settings = try parts.configuration.vaultSettings()
        var unreadable: StoreError?
        var ids: [[UInt8]?] = []
        do throws(StoreError) {
            ids = [try await SQLiteStore.outline(of: parts.path)?.id]
        } catch {
            let anchor = settings.anchor.anchor(for: parts.path, environment: parts.environment)
            ids = [anchor?.read()?.storeID]
            unreadable = error
        }
        // From here on nothing is awaited: nobody opens it in between.
        ids.append(opened?.store.id)
        for id in ids.compactMap(\.self) { key(from: source).forget(id) }
        adopt(nil)
        if let unreadable, ids.allSatisfy({ $0 == nil }) { throw unreadable }
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

    /// Opens the store with a passphrase, and has it remembered.
    @discardableResult
    func unlock(
        _ offered: OfferedPassphrase, seconds: Int64?
    ) async throws(StoreError) -> Remembrance {
        let usual = try parts.configuration.vaultSettings().unlockTimeout
        let seconds = seconds ?? usual
        let store = try await open(with: offered)
        let remembrance = offered.remember(for: store.id, seconds: seconds)
        adopt(Opened(store: store, hold: hold(remembrance, seconds: seconds)))
        return remembrance
    }

    /// What keeps a store open whose passphrase is remembered so.
    private func hold(_ remembrance: Remembrance, seconds: Int64) -> Hold {
        switch remembrance {
        case .keyring(let seconds):
            .keyring(until: parts.time.now.adding(seconds: Int64(seconds)))
        case .process: .process(until: parts.time.uptime + .seconds(seconds))
        }
    }
}
