import SesameSecrets
import SesameSystem

/// A systemd service credential that holds the root secret, as a ``KeyLine``
/// (systemd.exec(5), `LoadCredentialEncrypted=`).
package enum KeyCredential {
    /// Whether this can name a credential: it is a file name, not a path.
    package static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 255 && name != "." && name != ".."
            && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
    }

    static func read(
        _ name: String, environment: [String: String]
    ) throws(StoreError) -> Secret {
        guard isName(name) else {
            throw StoreError(
                .keyUnreadable, "\(name.sanitised(limit: 80)) is not the name of a credential")
        }
        guard let folder = environment["CREDENTIALS_DIRECTORY"], folder.hasPrefix("/") else {
            throw missing(
                name, "CREDENTIALS_DIRECTORY is not set: only a service that systemd starts has it")
        }
        if let reason = PrivateFile.objection(toFolderAt: folder) {
            throw StoreError(
                .keyUnreadable, "the folder of the credentials \(folder.sanitised()) \(reason)")
        }
        return try read(name, in: folder)
    }

    private static func read(_ name: String, in folder: String) throws(StoreError) -> Secret {
        let contents: Secret
        do throws(PrivateFile.Failure) {
            contents = try PrivateFile.readGranted("\(folder)/\(name)", limit: KeyLine.limit)
        } catch .missing {
            throw missing(name, "there is none in \(folder.sanitised())")
        } catch {
            throw StoreError(.keyUnreadable, "the credential \(name) cannot be used: \(error)")
        }
        guard let key = KeyLine.parse(contents) else {
            throw StoreError(
                .keyUnreadable,
                "the credential \(name) holds no Sesame key; `sesame key generate` prints one")
        }
        return key
    }

    private static func missing(_ name: String, _ why: String) -> StoreError {
        StoreError(
            .keyMissing,
            "the credential \(name) is not there: \(why). Add LoadCredentialEncrypted=\(name) to the"
                + " unit; `sesame key generate | systemd-creds encrypt --name=\(name) - FILE` makes its file"
        )
    }
}
