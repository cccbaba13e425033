package import SesameSecrets

/// A root secret, and what the header of the store shall say about its source.
package struct RootSecret: Sendable {
    package let secret: Secret
    package let source: PinnedSource

    package init(_ secret: Secret, _ source: PinnedSource) {
        self.secret = secret
        self.source = source
    }
}

/// Who knows the root secret of a store.
///
/// It may block: it is asked on the store's own thread.
package protocol Keyholder: Sendable {
    /// The root secret of a store that exists.
    /// - Parameters:
    ///   - pinned: what the store says about the source.
    ///   - storeID: 16 bytes that tell stores apart.
    ///   - fits: whether a candidate is the right one.
    /// - Throws: ``StoreError/Code/keyMissing``, `keyUnreadable`, `keyWrong`, `locked`, or `keySource`
    ///   when the configuration names another source than the store.
    func secret(
        for pinned: PinnedSource, storeID: [UInt8], fits: (Secret) -> Bool
    ) throws(StoreError) -> Secret

    /// The root secret of a store that is about to be made.
    func newSecret() throws(StoreError) -> RootSecret

    /// Makes up for the last step of a rotation that was interrupted, where there was one.
    ///
    /// Called when a store has been opened, outside of a transaction.
    /// - Parameter fits: whether the store is sealed under a candidate, read anew with each call.
    func finishRotation(_ fits: (Secret) -> Bool)
}

extension Keyholder {
    package func finishRotation(_ fits: (Secret) -> Bool) {}
}

/// A root secret that is at hand, such as a test's.
package struct HeldKey: Keyholder {
    private let root: RootSecret

    package init(_ secret: Secret, source: PinnedSource = PinnedSource(.file)) {
        root = RootSecret(secret, source)
    }

    package func secret(
        for pinned: PinnedSource, storeID: [UInt8], fits: (Secret) -> Bool
    ) throws(StoreError) -> Secret {
        guard fits(root.secret) else { throw .keyWrong }
        return root.secret
    }

    package func newSecret() throws(StoreError) -> RootSecret { root }
}
