import SesameSecrets
package import SesameStore
import SesameSystem

/// What the vault asks of the configuration.
extension ConfigurationFile: VaultConfiguration {
    package func vaultSettings() throws(StoreError) -> VaultSettings {
        // Without it the key's place is unknown, and the usual one must not be taken instead.
        try asked { () throws(BrokerError) in try contents().store }
    }

    package func requirePinnable(_ source: KeySource?) throws(StoreError) {
        try asked { () throws(BrokerError) in
            _ = try textWithStore(StoreSection.changes(naming: source)) { contents in
                contents.store.source == source
            }
        }
    }

    package func pin(_ source: KeySource?) throws(StoreError) {
        try asked { () throws(BrokerError) in
            try applyStore(StoreSection.changes(naming: source)) { contents in
                contents.store.source == source
            }
        }
    }

    package func text() throws(StoreError) -> String? {
        try asked { () throws(BrokerError) in try wholeText() }
    }

    package func requireRestorable(_ text: String) throws(StoreError) {
        try asked { () throws(BrokerError) in _ = try textWithProfiles(of: text) }
    }

    package func restore(_ text: String) throws(StoreError) -> [String] {
        try asked { () throws(BrokerError) in try addProfiles(of: text) }
    }

    private func asked<Value>(_ body: () throws(BrokerError) -> Value) throws(StoreError) -> Value {
        do throws(BrokerError) {
            return try body()
        } catch {
            throw StoreError(.keySource, error.message)
        }
    }
}
