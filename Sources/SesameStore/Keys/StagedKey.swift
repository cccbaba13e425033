import SesameSecrets

/// A new key that is ready, while the store is not sealed under it yet.
///
/// Until ``finish(for:keptFor:)`` the key before it opens the store as well as ever. A staged key that
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

    /// Puts the new key in the old one's place, once the store is sealed under it and the configuration
    /// names its source.
    /// - Parameter seconds: for how long a new passphrase need not be given again.
    /// - Returns: for how long that is; `nil` for every other source.
    /// - Throws: ``StoreError/Code/unwritable`` when the key file cannot be replaced; the store opens
    ///   with the new key all the same, from beside the file.
    @discardableResult
    package func finish(
        for storeID: [UInt8], keptFor seconds: Int64 = 0
    ) throws(StoreError) -> Remembrance? {
        // What was kept of an earlier passphrase opens nothing any more.
        cache?.forget(storeID)
        try file?.finish(root.secret)
        movedFrom?.remove()
        guard root.source.kind == .passphrase else { return nil }
        return Remembrance(of: root.secret, for: storeID, seconds: seconds, in: cache)
    }
}
