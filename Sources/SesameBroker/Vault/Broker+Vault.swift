package import SesameSecrets
package import SesameStore

/// The store and its key, as the broker's callers see it.
extension Broker {
    /// How things stand.
    package func storeStatus() async throws(BrokerError) -> VaultStatus {
        try await fromVault { vault throws(StoreError) in try await vault.status() }
    }

    /// Makes the store and its key.
    package func makeStore(
        from source: KeySource?, passphrase: Secret?
    ) async throws(BrokerError) -> VaultStatus {
        try await changing { vault throws(StoreError) in
            try await vault.initialise(from: source, passphrase: passphrase)
        }
        return try await storeStatus()
    }

    /// Opens a store that has a passphrase.
    package func unlock(
        _ passphrase: Secret, seconds: Int64?
    ) async throws(BrokerError) -> (remembrance: Remembrance, status: VaultStatus) {
        let remembrance = try await fromVault { vault throws(StoreError) in
            try await vault.unlock(passphrase, seconds: seconds)
        }
        parts.notify(.storeChanged)
        return (remembrance, try await storeStatus())
    }

    /// Lets go of the store: nothing is served before it is unlocked again.
    ///
    /// Tokens that are in memory only are saved first; where they cannot be, it stays open.
    package func lock() async throws(BrokerError) {
        try await fromVault { vault throws(StoreError) in try vault.requireLockable() }
        // A login that ended later would have no place to put its tokens.
        while let login = logins.values.first(where: \.state.isPending) {
            await cancelLogin(login.id)
        }
        try await changing { vault throws(StoreError) in try await vault.lock() }
    }

    /// Changes the key of the store.
    package func rotate(_ rotation: KeyRotation) async throws(BrokerError) -> RotationReport {
        try await changing { vault throws(StoreError) in try await vault.rotate(rotation) }
    }

    /// Goes on with a full rotation; tokens are served and renewed meanwhile.
    package func continueRotation() async throws(BrokerError) -> RotationReport {
        try await fromVault { vault throws(StoreError) in try await vault.continueResealing() }
    }

    /// Takes the store as it is for the newest.
    package func acceptRollback() async throws(BrokerError) -> VaultStatus {
        try await changing { vault throws(StoreError) in try await vault.acceptRollback() }
        parts.notify(.storeChanged)
        return try await storeStatus()
    }

    /// Writes a sealed copy of everything; tokens are served and renewed meanwhile.
    package func backUp(
        to path: String, seal: BackupSeal
    ) async throws(BrokerError) -> (report: BackupReport, origin: BackupOrigin) {
        for name in unsaved.keys.sorted() { await offerAgain(name) }
        let unsaved = unsaved.keys.sorted()
        var (report, origin) = try await fromVault { vault throws(StoreError) in
            try await vault.backUp(to: path, seal: seal)
        }
        report.outdated = unsaved
        return (report, origin)
    }

    /// Takes a sealed copy in, while no errand runs.
    package func restore(
        from path: String, with key: BackupKey, replacing: Bool, takesOver: Bool
    ) async throws(BrokerError) -> (restored: RestoredBackup, profiles: [String]) {
        defer { parts.notify(.storeChanged) }
        return try await changing { vault throws(StoreError) in
            try await vault.restore(
                from: path, with: key, replacing: replacing, takesOver: takesOver)
        }
    }

    /// Where the key file is when the configuration says nothing.
    package nonisolated var usualKeyPath: String? { parts.vault?.parts.usualKeyPath }

    func fromVault<Value: Sendable>(
        _ body: (Vault) async throws(StoreError) -> Value
    ) async throws(BrokerError) -> Value {
        guard let vault = parts.vault else {
            throw BrokerError(.usage, "the store of this broker has no key of its own")
        }
        do throws(StoreError) { return try await body(vault) } catch { throw BrokerError(error) }
    }

    /// Runs what changes which store is open, while no errand runs.
    func changing<Value: Sendable>(
        _ body: @escaping @Sendable (Vault) async throws(StoreError) -> Value
    ) async throws(BrokerError) -> Value {
        try await exclusively { await self.change(body) }
    }

    private func change<Value: Sendable>(
        _ body: @Sendable (Vault) async throws(StoreError) -> Value
    ) async -> Result<Value, BrokerError> {
        do throws(BrokerError) {
            for name in unsaved.keys.sorted() { try await saveBeforeChange(name) }
            return .success(try await fromVault(body))
        } catch {
            return .failure(error)
        }
    }

    /// Stores what is in memory only; a store that takes nothing before it is mended is no reason not to
    /// mend it.
    private func saveBeforeChange(_ name: String) async throws(BrokerError) {
        do throws(BrokerError) {
            try await saveAgain(name)
        } catch {
            switch error.code {
            case .storeDamaged, .storeRolledBack, .storeLocked, .keyMissing, .keyWrong,
                .keyUnreadable, .configuration:
                return
            default: throw error
            }
        }
    }
}
