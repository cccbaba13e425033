/// Where the root secret of a store comes from, as the configuration says it.
package enum KeySource: Sendable, Equatable {
    /// A file of ours: ``KeyFile``.
    case file(path: String)
    /// A systemd service credential: the file of this name in `$CREDENTIALS_DIRECTORY`.
    case credential(name: String)
    /// What a program prints: its absolute path and its arguments; there is no shell.
    case command([String])
    /// What a person types.
    case passphrase

    /// Which kind it is.
    package var kind: Kind {
        switch self {
        case .file: .file
        case .credential: .credential
        case .command: .command
        case .passphrase: .passphrase
        }
    }

    /// The kinds; the raw value stands in the header of the store and in messages.
    package enum Kind: String, Sendable, CaseIterable {
        case file, credential, command, passphrase
    }
}
