import SesameCrypto
import SesameSecrets
import SesameSystem

/// The kernel's keyring, as tests use it.
package enum KernelKeyring {
    /// Whether there is one here: the condition of tests that need it.
    package static let isAvailable: Bool = {
        do {
            _ = try Keyring.read("sesame:test")
            return true
        } catch {
            return false
        }
    }()
}

/// A name in the keyring that nobody else uses; what stands there goes with this value.
package final class TemporaryKey: Sendable {
    package let description: String

    package init() {
        let suffix = SystemRandom().bytes(12).withBytes { Base64URL.encode($0) }
        description = "sesame:test:\(suffix)"
    }

    /// A name that the code under test has chosen.
    package init(_ description: String) {
        self.description = description
    }

    deinit { try? Keyring.remove(description) }
}
