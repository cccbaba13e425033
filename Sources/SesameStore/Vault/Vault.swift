package import SesameCrypto
import SesameSecrets
package import SesameSystem

/// The store with all that belongs to its key: where the key comes from, whether it is at hand, and
/// how it changes.
///
/// What the configuration says is read again each time. What takes long runs on threads of its own,
/// so that the state of the vault can be asked for meanwhile.
package actor Vault {
    /// What the vault is made of; each part can be a test's.
    package struct Parts: Sendable {
        /// Where the store is.
        package var path: String
        /// Where the key file is when the configuration says nothing.
        package var usualKeyPath: String
        package var configuration: any VaultConfiguration
        package var environment: [String: String]
        package var random: any RandomSource = SystemRandom()
        package var time: any TimeSource = SystemTime()
        /// Remembers an unlocked store for other processes; `nil` for nobody.
        package var cache: UnlockCache? = UnlockCache()
        /// Told what a person should know, although nothing is refused for it.
        package var notice: @Sendable (String) -> Void = { _ in }

        package init(
            path: String, usualKeyPath: String, configuration: any VaultConfiguration,
            environment: [String: String]
        ) {
            self.path = path
            self.usualKeyPath = usualKeyPath
            self.configuration = configuration
            self.environment = environment
        }
    }

    package nonisolated let parts: Parts
    /// The store, while it is open; behind a lock, for those who only want to look.
    private nonisolated let current = Locked<Opened?>(nil)
    private var opening: Task<Result<SQLiteStore, StoreError>, Never>?
    /// Changes whenever what is being opened must not be used any more.
    private var epoch = 0
    var attempts = AttemptLimit()
    var isUnlocking = false

    /// A store that is open, and what keeps it so.
    struct Opened: Sendable {
        let store: SQLiteStore
        let hold: Hold
    }

    /// What keeps a store open.
    enum Hold: Sendable {
        /// Its key can be read again at any time.
        case always
        /// The kernel remembers the passphrase, until its time has come or somebody locks the store; it
        /// may be known when that is.
        case keyring(until: Timestamp?)
        /// Only this process does, until this much time has passed since the machine's start.
        case process(until: Duration)
    }

    package init(_ parts: Parts) {
        self.parts = parts
    }

    private(set) var opened: Opened? {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    /// The store, if it is open and may still be used; nothing is opened, and nobody waited for.
    package nonisolated var storeInUse: SQLiteStore? {
        guard let opened = current.withLock({ $0 }), opened.store.isInPlace, isHeld(opened) else {
            return nil
        }
        return opened.store
    }

    /// The store, opened if need be; made, with its key, where there is none.
    package func open() async throws(StoreError) -> SQLiteStore {
        while true {
            if let opened {
                if isUsable(opened) { return opened.store }
                adopt(nil)
            }
            let epoch = epoch
            let task =
                opening
                ?? Task {
                    do throws(StoreError) {
                        let key = self.key(from: try self.configuredSource())
                        return .success(try await self.open(with: key))
                    } catch {
                        return .failure(error)
                    }
                }
            opening = task
            let result = await task.value
            // Locked, unlocked, or given another key, while it was being opened.
            guard epoch == self.epoch else { continue }
            if opening == task { opening = nil }
            let store = try result.get()
            if opened == nil { opened = Opened(store: store, hold: try usualHold()) }
            return store
        }
    }

    /// Uses a store that was opened another way from now on.
    func adopt(_ opened: Opened?) {
        epoch += 1
        opening = nil
        self.opened = opened
    }

    /// What keeps a store open that was opened with what is at hand.
    func usualHold() throws(StoreError) -> Hold {
        try configuredSource().kind.canBeLocked ? .keyring(until: nil) : .always
    }

    /// Lets go of a store whose key another process has changed, so that it is opened as things stand
    /// now.
    package func refresh() async {
        guard let opened else { return }
        do throws(StoreError) {
            _ = try await opened.store.description()
        } catch {
            guard error.code == .keyWrong || error.code == .keySource,
                self.opened?.store === opened.store
            else { return }
            adopt(nil)
        }
    }

    /// Whether nobody has locked the store or put another file in its place.
    private func isUsable(_ opened: Opened) -> Bool {
        guard opened.store.isInPlace else {
            parts.notice(
                "the file of the store is gone or another one; what lies there now is opened")
            return false
        }
        return isHeld(opened)
    }

    private nonisolated func isHeld(_ opened: Opened) -> Bool {
        switch opened.hold {
        case .always: true
        case .keyring: parts.cache?.secret(for: opened.store.id) != nil
        case .process(let until): parts.time.uptime < until
        }
    }

    /// Opens the store with a key; makes it where there is none.
    func open(
        with keys: any Keyholder, acceptsRollback: Bool = false
    ) async throws(StoreError) -> SQLiteStore {
        let settings = try parts.configuration.vaultSettings()
        return try await SQLiteStore.open(
            path: parts.path, keys: keys, random: parts.random, time: parts.time,
            anchor: settings.anchor.anchor(for: parts.path, environment: parts.environment),
            acceptsRollback: acceptsRollback, notice: parts.notice)
    }

    /// Where the configuration says that the key comes from.
    nonisolated func configuredSource() throws(StoreError) -> KeySource {
        try parts.configuration.vaultSettings().source ?? .file(path: parts.usualKeyPath)
    }

    nonisolated func key(from source: KeySource) -> ConfiguredKey {
        ConfiguredKey(
            source, environment: parts.environment, cache: parts.cache, random: parts.random,
            notice: parts.notice)
    }

    /// Writes into the configuration where the key comes from.
    nonisolated func pin(_ source: KeySource) throws(StoreError) {
        try parts.configuration.pin(line(for: source))
    }

    /// Throws where the configuration could not say it.
    nonisolated func requirePinnable(_ source: KeySource) throws(StoreError) {
        try parts.configuration.requirePinnable(line(for: source))
    }

    private nonisolated func line(for source: KeySource) -> KeySource? {
        source == .file(path: parts.usualKeyPath) ? nil : source
    }
}
