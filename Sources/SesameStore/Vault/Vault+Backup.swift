import Glibc
import SesameAge
package import SesameSecrets
import SesameSystem

/// Who can open a backup.
package enum BackupSeal: Sendable {
    /// The holders of these keys: `age1…`.
    case recipients([String])
    /// Whoever knows this.
    case passphrase(Secret)
}

/// What opens a backup.
package enum BackupKey: Sendable {
    /// A private file with lines `AGE-SECRET-KEY-1…`.
    case identities(path: String)
    case passphrase(Secret)
}

// Sealed copies of everything, for another disk or another host.
extension Vault {
    /// Writes store and configuration into a sealed file that is new.
    ///
    /// It works on a connection of its own: tokens are served and renewed meanwhile.
    package func backUp(
        to path: String, seal: BackupSeal
    ) async throws(StoreError) -> (report: BackupReport, origin: BackupOrigin) {
        try await requireStore()
        let recipients = try Self.recipients(seal)
        await refresh()
        let origin = BackupOrigin(host: Self.hostName, madeAt: parts.time.now)
        let configuration = try parts.configuration.text()
        let report = try await open().sibling().backUp(
            to: path, for: recipients, configuration: configuration, origin: origin)
        return (report, origin)
    }

    /// Takes a backup in, and adds the profiles of its configuration that are not here.
    ///
    /// A configuration that cannot be taken in is refused before anything is. Where it cannot be written
    /// after that, the logins are in the store all the same.
    /// - Returns: what was taken, and which profiles the configuration has gained.
    package func restore(
        from path: String, with key: BackupKey, replacing: Bool, takesOver: Bool
    ) async throws(StoreError) -> (restored: RestoredBackup, profiles: [String]) {
        let opener = try Self.opener(key)
        let configuration = parts.configuration
        await refresh()
        let restored = try await open().sibling().restore(
            from: path, with: opener, replacing: replacing, takesOver: takesOver
        ) { text throws(StoreError) in try configuration.requireRestorable(text) }
        guard let text = restored.configuration else { return (restored, []) }
        do throws(StoreError) {
            return (restored, try configuration.restore(text))
        } catch {
            throw StoreError(
                error.code,
                "the logins were taken in, but not the configuration: \(error.message). Once that is"
                    + " mended, the same restore adds what is missing")
        }
    }

    private static func recipients(_ seal: BackupSeal) throws(StoreError) -> AgeRecipients {
        switch seal {
        case .passphrase(let passphrase): return .passphrase(passphrase)
        case .recipients(let texts):
            do throws(AgeError) {
                return .keys(
                    try texts.map { text throws(AgeError) in try AgeRecipient(text) })
            } catch {
                throw StoreError(.usage, error.message)
            }
        }
    }

    private static func opener(_ key: BackupKey) throws(StoreError) -> AgeOpener {
        let path: String
        switch key {
        case .passphrase(let passphrase): return .passphrase(passphrase)
        case .identities(let file): path = file
        }
        let text: Secret
        do throws(PrivateFile.Failure) {
            text = try PrivateFile.read(path, limit: 65_536)
        } catch {
            throw StoreError(.usage, "the identity file cannot be used: \(error)")
        }
        do throws(AgeError) {
            return .identities(try AgeIdentity.all(inFile: text))
        } catch {
            throw StoreError(.usage, error.message)
        }
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&name, 255) == 0 else { return "unknown" }
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self).sanitised(limit: 64)
    }
}
