import SesameSecrets

/// What a person is told about a source of the key.
extension KeySource {
    /// Which file, credential or program it is; a command's arguments are nobody's business.
    package var detail: String {
        switch self {
        case .file(let path): path.sanitised()
        case .credential(let name): name.sanitised()
        case .command(let words): words.first?.sanitised() ?? ""
        case .passphrase: "asked on a terminal"
        }
    }
}

extension KeySource.Kind {
    /// Whether `lock` can take the key away: what a person types, and nothing that is read anew.
    package var canBeLocked: Bool { self == .passphrase }

    /// What it is called in a sentence.
    package var words: String {
        switch self {
        case .file: "a key file"
        case .credential: "a systemd credential"
        case .command: "a command"
        case .passphrase: "a passphrase"
        }
    }

    /// The line of the configuration that names it.
    var line: String {
        switch self {
        case .file: "key_file = /path/of/the/key"
        case .credential: "key_credential = NAME"
        case .command: "key_command = /path/of/program arguments"
        case .passphrase: "passphrase = prompt"
        }
    }

    /// What it guards the store against.
    package var protects: [String] {
        switch self {
        case .file:
            ["other users of this machine", "a copy of the store without the key file"]
        case .credential:
            [
                "other users of this machine", "a copy of the store, as in a backup",
                "a disk that is read in another machine, where the credential is sealed to this"
                    + " one's TPM",
            ]
        case .command:
            [
                "other users of this machine", "a copy of the store, as in a backup",
                "a stolen disk, as far as the command's own secrets are not on it",
            ]
        case .passphrase:
            [
                "other users of this machine", "a copy of the store, as in a backup",
                "a stolen disk, as far as the passphrase is hard to guess",
            ]
        }
    }

    /// What it does not guard the store against.
    package var doesNotProtect: [String] {
        let always = ["root, and programs of the same user while the store is open"]
        return always
            + {
                switch self {
                case .file:
                    [
                        "whoever gets the key file and the store, as on a stolen disk or a full backup"
                    ]
                case .credential:
                    [
                        "whoever gets the whole disk, where the credential is sealed to the host's key"
                            + " only or not at all",
                        "programs that this service starts with its credentials",
                    ]
                case .command:
                    [
                        "whoever can run the command as this user, or change what it runs",
                        "the service or the key ring that the command asks",
                    ]
                case .passphrase:
                    [
                        "who guesses the passphrase: each guess costs 128 MiB and most of a second",
                        "programs of the same user for as long as the kernel's keyring keeps the"
                            + " store unlocked",
                        "a restart: somebody has to unlock it again",
                    ]
                }
            }()
    }
}
