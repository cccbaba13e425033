import SesameSecrets
import SesameSystem

/// Remembers in the kernel's keyring how far the store had come, until the machine's next start.
struct KeyringAnchor: RollbackAnchor {
    private let description: String

    /// - Parameter path: the absolute path of the store.
    init(for path: String) {
        description = "sesame:anchor:\(path)"
    }

    let place = "kernel keyring"

    func read() -> HighWaterMark? {
        guard let value = try? Keyring.read(description) else { return nil }
        return HighWaterMark(value)
    }

    func write(_ mark: HighWaterMark) {
        try? Keyring.store(description, mark.line)
    }
}
