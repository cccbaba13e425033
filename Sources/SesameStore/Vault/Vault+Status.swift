package import SesameSystem

/// What is known of the store and its key.
///
/// No secret is in it.
package struct VaultStatus: Sendable {
    package enum State: Sendable {
        case open(StoreDescription)
        /// It waits for a passphrase.
        case locked
        /// There is none yet.
        case absent
        /// It cannot be opened.
        case unusable(StoreError)
    }

    package let path: String
    package let state: State
    /// What the header of the store says.
    package let source: PinnedSource?
    /// What the configuration says.
    package let configured: KeySource
    /// Where the anchor against older copies is.
    package let anchor: String?
    /// Until when other processes find the store unlocked, as far as this one knows.
    package let unlockedUntil: Timestamp?
}

extension Vault {
    /// How things stand; nothing is made where there is no store.
    package func status() async throws(StoreError) -> VaultStatus {
        let settings = try parts.configuration.vaultSettings()
        var outline: StoreOutline?
        var state = VaultStatus.State.absent
        do throws(StoreError) {
            outline = try await SQLiteStore.outline(of: parts.path)
            if outline != nil { state = await stateOfStore() }
        } catch {
            state = .unusable(error)
        }
        let anchor = settings.anchor.anchor(for: parts.path, environment: parts.environment)
        return VaultStatus(
            path: parts.path, state: state, source: outline?.source,
            configured: try configuredSource(), anchor: anchor?.place,
            unlockedUntil: unlockedUntil)
    }

    private var unlockedUntil: Timestamp? {
        guard case .keyring(let until?)? = opened?.hold, until > parts.time.now else { return nil }
        return until
    }

    private func stateOfStore() async -> VaultStatus.State {
        await refresh()
        do throws(StoreError) {
            return .open(try await open().description())
        } catch {
            return error.code == .locked ? .locked : .unusable(error)
        }
    }

    /// Takes the store as it is for the newest, although a newer one was seen before.
    package func acceptRollback() async throws(StoreError) {
        try await requireStore()
        let keys = key(from: try configuredSource())
        let store = try await open(with: keys, acceptsRollback: true)
        adopt(Opened(store: store, hold: try usualHold()))
    }

    /// - Returns: what the header of the store says.
    @discardableResult
    func requireStore() async throws(StoreError) -> StoreOutline {
        guard let outline = try await SQLiteStore.outline(of: parts.path) else {
            throw StoreError(.usage, "there is no store yet; make it: sesame key init")
        }
        return outline
    }
}
