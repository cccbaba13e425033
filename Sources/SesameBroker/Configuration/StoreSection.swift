import SesameSecrets
package import SesameStore
import SesameSystem

/// The section `[store]`: where the key comes from, and who watches the store's age.
enum StoreSection {
    static let name = "store"
    /// The keys that name a source; at most one of them stands in the section.
    private static let sources = ["key_file", "key_command", "key_credential", "passphrase"]
    static let keys = sources + ["unlock_timeout", "anchor"]
    private static let longestUnlock: Int64 = 31_536_000

    static func settings(
        _ section: INIDocument.Section, _ folders: ConfigurationFolders
    ) throws(INIDocument.Refusal) -> VaultSettings {
        var settings = VaultSettings()
        try section.forEachEntry(of: keys) { entry throws(INIDocument.Refusal) in
            if sources.contains(entry.key) {
                guard settings.source == nil else {
                    throw entry.refusal(
                        "[store] has two sources of the key; leave one of them")
                }
                settings.source = try source(entry, folders)
            } else {
                try read(entry, into: &settings, folders)
            }
        }
        return settings
    }

    /// The changes that make the section name a source; `nil` for a file at the usual place.
    static func changes(naming source: KeySource?) -> [String: [String]] {
        var changes: [String: [String]] = [:]
        for key in sources { changes[key] = [] }
        if let line = source?.setting { changes[line.key] = [line.value] }
        return changes
    }

    private static func source(
        _ entry: INIDocument.Entry, _ folders: ConfigurationFolders
    ) throws(INIDocument.Refusal) -> KeySource {
        switch entry.key {
        case "key_file": return .file(path: folders.resolve(entry.value))
        case "key_credential":
            guard !entry.value.contains("/"), entry.value != ".", entry.value != ".." else {
                throw entry.refusal("`key_credential` is the name of a credential, not a path")
            }
            return .credential(name: entry.value)
        case "key_command":
            return .command(try entry.program())
        default:
            guard entry.value == "prompt" else {
                throw entry.refusal("`passphrase` is always `prompt`; it never stands in a file")
            }
            return .passphrase
        }
    }

    private static func read(
        _ entry: INIDocument.Entry, into settings: inout VaultSettings,
        _ folders: ConfigurationFolders
    ) throws(INIDocument.Refusal) {
        switch entry.key {
        case "unlock_timeout":
            settings.unlockTimeout = try entry.number(of: "seconds", 1...longestUnlock)
        case "anchor":
            switch entry.value {
            case "off": settings.anchor = .off
            case "keyring": settings.anchor = .keyring
            case let path where path.hasPrefix("/") || path.hasPrefix("~/"):
                settings.anchor = .file(path: folders.resolve(path))
            default: throw entry.refusal("`anchor` is `off`, `keyring` or an absolute path")
            }
        default:
            throw entry.unknown(in: name, among: keys)
        }
    }
}

extension KeySource {
    /// The line of the configuration that names this source.
    package var setting: (key: String, value: String) {
        switch self {
        case .file(let path): ("key_file", path)
        case .credential(let name): ("key_credential", name)
        case .command(let words): ("key_command", CommandWords.joined(words))
        case .passphrase: ("passphrase", "prompt")
        }
    }
}
