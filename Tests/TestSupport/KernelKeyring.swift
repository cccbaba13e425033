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

    /// Whether a broker has kept there how far the store at this path had come.
    package static func remembersStore(at path: String) -> Bool {
        (try? Keyring.read("sesame:anchor:\(path)")) != nil
    }

    /// Takes away what a broker has kept there for the store at this path.
    static func forgetStore(at path: String) {
        let anchor = "sesame:anchor:\(path)"
        try? Keyring.remove("sesame:audit:\(PrivateFile.folder(of: path))/audit.log")
        guard let mark = try? Keyring.read(anchor) else { return }
        // `1 <id of the store> <counter>`
        let words = mark.dangerouslyRevealedText().split(separator: " ")
        if words.count == 3 { try? Keyring.remove("sesame:unlock:\(words[1])") }
        try? Keyring.remove(anchor)
    }
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
