import SesameSecrets

/// A new key that is ready, while the store is not sealed under it yet.
///
/// Until ``finish(for:)`` the key before it opens the store as well as ever. A staged key that
/// is never finished does no harm: one that the store has taken is found, any other is passed over.
package final class StagedKey: Sendable {
    /// What the store is to be sealed under.
    package let root: RootSecret
    private let file: NextKeyFile?
    private let movedFrom: NextKeyFile?
    private let cache: UnlockCache?

    init(
        _ root: RootSecret, file: NextKeyFile? = nil, movedFrom: NextKeyFile? = nil,
        cache: UnlockCache?
    ) {
        self.root = root
        self.file = file
        self.movedFrom = movedFrom
        self.cache = cache
    }

    /// Takes the new key back: the store is not sealed under it, and never will be.
    package func discard() {
        file?.discard()
        movedFrom?.discard()
    }

    /// Puts the new key in the old one's place, once the store is sealed under it and the configuration
    /// names its source.
    /// - Throws: ``StoreError/Code/unwritable`` when the key file cannot be replaced; the store opens
    ///   with the new key all the same, from beside the file.
    package func finish(for storeID: [UInt8]) throws(StoreError) {
        // What was kept of an earlier passphrase opens nothing any more.
        cache?.forget(storeID)
        try file?.finish(root.secret)
        movedFrom?.remove()
    }
}
