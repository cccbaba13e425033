import SesameJOSE
import SesameOAuth
import SesameSecrets
import SesameSystem

/// The file with the private key that a client signs its statements with.
///
/// It is read for each of them, and the key goes with the statement: what is in the file counts, and
/// nothing of it stays in memory.
struct ClientKeyFile: Sendable {
    let path: String
    /// What the server calls the key, unless the file says so itself.
    let keyID: String?

    /// Reads the key.
    /// - Throws: ``OAuthError`` with `clientKeyUnusable`, in words that name the file.
    func read() throws(OAuthError) -> PrivateJWK {
        let contents: Secret
        do throws(PrivateFile.Failure) {
            // A service has its key from systemd, in a file of root's.
            contents = try PrivateFile.readGranted(path, limit: Self.limit)
        } catch {
            throw unusable(words(for: error))
        }
        do throws(JOSEError) {
            let key = try PrivateJWK(file: contents)
            guard let keyID else { return key }
            return PrivateJWK(key.privateKey, keyID: keyID, algorithm: key.algorithm)
        } catch {
            throw unusable(words(for: error))
        }
    }

    private func unusable(_ words: String) -> OAuthError {
        OAuthError(.clientKeyUnusable, "the key file \(path.sanitised()) \(words)")
    }

    private func words(for error: PrivateFile.Failure) -> String {
        switch error {
        case .missing: "is not there"
        case .refused(let refusal): refusal.reason
        case .system(let error): "cannot be read: \(error)"
        }
    }

    private func words(for error: JOSEError) -> String {
        switch error.code {
        case .encryptedKey:
            "is encrypted with a passphrase, which nobody is asked for: give one without, mode 0600"
        case .malformed: "holds no private key in PEM or as a JWK"
        case .unsupportedKey: "holds a key that is not one for signatures by P-256, Ed25519 or RSA"
        case .weakKey: "holds an RSA key of fewer than 2048 bits, or with a useless exponent"
        default: "cannot be used: \(error.message)"
        }
    }

    private static let limit = 65_536
}
