package import SesameSecrets

/// A place that remembers one line about a file, and is not copied, put back or lost together with it.
///
/// It may block. Failing to remember is no error: then what it should notice goes unnoticed. The line
/// is no secret; it is only kept where secrets are.
package protocol OutsideMemory: Sendable {
    /// What is remembered, if anything.
    func read() -> Secret?
    /// Remembers a line in place of the earlier one.
    func write(_ line: Secret)
    /// Where it is, in a word for a person: `kernel keyring`, or the path of a file.
    var place: String { get }
}

/// The kernel's keyring, which remembers until the machine's next start.
package struct KeyringMemory: OutsideMemory {
    private let description: String

    package init(_ description: String) {
        self.description = description
    }

    package let place = "kernel keyring"

    package func read() -> Secret? { (try? Keyring.read(description)) ?? nil }

    package func write(_ line: Secret) { try? Keyring.store(description, line) }
}

/// A small private file.
package struct FileMemory: OutsideMemory {
    package let place: String

    package init(at path: String) {
        place = path
    }

    package func read() -> Secret? { try? PrivateFile.read(place, limit: 256) }

    package func write(_ line: Secret) { try? PrivateFile.replace(place, line) }
}
