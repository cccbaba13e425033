package import SesameCrypto
package import SesameSecrets

/// The root secret from where the configuration says.
///
/// The store says the same in its header. Where the two differ nothing is opened, so that nobody can
/// lead Sesame to a weaker source by changing one of them.
///
/// A store with a passphrase opens with this keyholder while the passphrase is remembered, and is
/// ``StoreError/Code/locked`` else:
///
///     let offered = try key.offering(passphrase)               // `unlock`, and `key init`
///     let store = try await SQLiteStore.open(…, keys: offered)
///     let remembrance = offered.remember(for: id, seconds: 43_200)
///     …
///     key.forget(id)                                           // `lock`; then let go of the store
///
/// A rotation, also to another source:
///
///     let staged = try key.stage(newSource, passphrase: passphrase)
///     try await store.rewrap(with: staged.root)
///     …                                                        // write the new source's name
///     try staged.finish(for: id)
package final class ConfiguredKey: Keyholder {
    /// Where the key comes from.
    package let source: KeySource
    private let environment: [String: String]
    private let cache: UnlockCache?
    private let random: any RandomSource
    private let notice: @Sendable (String) -> Void

    /// - Parameters:
    ///   - environment: the process's, for the credentials' folder and for the command.
    ///   - cache: `nil` to remember no passphrase beyond this process.
    ///   - notice: told when a key file was made.
    package init(
        _ source: KeySource, environment: [String: String], cache: UnlockCache? = UnlockCache(),
        random: any RandomSource, notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.notice = notice
        self.source = source
        self.environment = environment
        self.cache = cache
        self.random = random
    }

    package func secret(
        for pinned: PinnedSource, storeID: [UInt8], fits: (Secret) -> Bool
    ) throws(StoreError) -> Secret {
        try check(pinned)
        let key: Secret
        switch source {
        case .file(let path): return try KeyFile.read(at: path, fits: fits)
        case .passphrase: return try remembered(storeID, fits: fits)
        case .credential(let name): key = try KeyCredential.read(name, environment: environment)
        case .command(let words): key = try KeyCommand.run(words, environment: environment)
        }
        guard fits(key) else { throw .keyWrong }
        return key
    }

    /// The key for a new store.
    ///
    /// A key file is made where there is none; credential and command give theirs. A passphrase must
    /// be offered.
    package func newSecret() throws(StoreError) -> RootSecret {
        switch source {
        case .file(let path):
            let key = try KeyFile.readOrCreate(at: path, random: random) {
                notice(
                    "made the store key \(path.sanitised()): it keeps other users and partial backups"
                        + " out, not somebody who has both this file and the store")
            }
            return RootSecret(key, PinnedSource(.file))
        case .credential(let name):
            return RootSecret(
                try KeyCredential.read(name, environment: environment), PinnedSource(.credential))
        case .command(let words):
            return RootSecret(
                try KeyCommand.run(words, environment: environment), PinnedSource(.command))
        case .passphrase:
            throw StoreError(
                .locked,
                "a new store needs its passphrase: `sesame key init` asks for it on a terminal")
        }
    }

    package func finishRotation(_ fits: (Secret) -> Bool) {
        if case .file(let path) = source { NextKeyFile.finishInterrupted(at: path, fits) }
    }

    /// A keyholder that tries this passphrase.
    /// - Throws: ``StoreError/Code/keySource`` where the configuration names another source.
    package func offering(_ passphrase: Secret) throws(StoreError) -> OfferedPassphrase {
        guard source == .passphrase else {
            throw StoreError(
                .keySource,
                "the key of the store comes from \(source.kind.words), not from a passphrase")
        }
        return OfferedPassphrase(passphrase, for: self, cache: cache, random: random)
    }

    /// Forgets the passphrase of a store: the next opening asks for it again.
    ///
    /// Only a passphrase can be forgotten: ``KeySource/Kind/canBeLocked``.
    package func forget(_ storeID: [UInt8]) {
        cache?.forget(storeID)
    }

    /// Makes a new key ready, from this source or from another.
    ///
    /// A new key for a file is durable beside it. A credential or a command gives what it holds now:
    /// its new key must stand there already. A passphrase gets a new salt.
    /// - Throws: ``StoreError/Code/busy`` while another rotation is under way, `usage` where the file of
    ///   another source exists already.
    package func stage(
        _ new: KeySource, passphrase: Secret? = nil
    ) throws(StoreError) -> StagedKey {
        let other = ConfiguredKey(new, environment: environment, cache: cache, random: random)
        switch new {
        case .file(let path):
            return try stageFile(at: path)
        case .credential, .command:
            return StagedKey(try other.newSecret(), cache: cache)
        case .passphrase:
            guard let passphrase else { return StagedKey(try other.newSecret(), cache: cache) }
            return StagedKey(try PassphraseKey.fresh(passphrase, random: random), cache: cache)
        }
    }

    /// A key that moves to another file is durable beside the old one as well: the configuration names
    /// that one until it is written.
    private func stageFile(at path: String) throws(StoreError) -> StagedKey {
        let root = RootSecret(KeyLine.newKey(random), PinnedSource(.file))
        var moved: NextKeyFile?
        if source != .file(path: path) {
            try KeyFile.expectNone(at: path)
            if case .file(let old) = source { moved = try NextKeyFile(for: old, key: root.secret) }
        }
        let file = try NextKeyFile(for: path, key: root.secret)
        return StagedKey(root, file: file, movedFrom: moved, cache: cache)
    }

    /// Refuses a store whose key comes from elsewhere.
    func check(_ pinned: PinnedSource) throws(StoreError) {
        guard pinned.kind != source.kind else { return }
        throw StoreError(
            .keySource,
            "the store takes its key from \(pinned.kind.words), but the configuration names"
                + " \(source.kind.words). Write `\(pinned.kind.line)` into [store] of the configuration;"
                + " with that, `sesame key rotate` can change where the key comes from")
    }

    private func remembered(
        _ storeID: [UInt8], fits: (Secret) -> Bool
    ) throws(StoreError) -> Secret {
        if let key = cache?.secret(for: storeID) {
            if fits(key) { return key }
            cache?.forget(storeID)
        }
        throw StoreError(.locked, "the store is locked: `sesame unlock` asks for its passphrase")
    }
}
