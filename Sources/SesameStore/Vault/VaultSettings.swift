package import SesameSystem

/// What the configuration says about the store.
package struct VaultSettings: Sendable, Equatable {
    /// Where the key comes from; `nil` where the configuration says nothing: a file at the usual place.
    package var source: KeySource?
    /// For how long a passphrase need not be given again, in seconds.
    package var unlockTimeout: Int64 = 43_200
    /// Who remembers how far the store had come.
    package var anchor = AnchorChoice.automatic

    package init(source: KeySource? = nil) {
        self.source = source
    }
}

/// The configuration as the vault needs it.
package protocol VaultConfiguration: Sendable {
    /// What it says about the store now.
    func vaultSettings() throws(StoreError) -> VaultSettings
    /// Throws where ``pin(_:)`` would, as far as that shows before.
    func requirePinnable(_ source: KeySource?) throws(StoreError)
    /// Writes where the key comes from; `nil` for a file at the usual place.
    func pin(_ source: KeySource?) throws(StoreError)
    /// The whole text, for a backup; `nil` where there is no configuration.
    func text() throws(StoreError) -> String?
    /// Throws where ``restore(_:)`` would, as far as that shows before.
    func requireRestorable(_ text: String) throws(StoreError)
    /// Adds the profiles of another configuration's text that are not here yet; what is here stays, and
    /// so does where the key comes from.
    /// - Returns: the names of the profiles that were added.
    func restore(_ text: String) throws(StoreError) -> [String]
}
