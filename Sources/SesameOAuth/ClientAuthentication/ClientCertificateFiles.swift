public import SesameCrypto
public import SesameHTTP
import SesameSecrets
public import SesameSystem

/// The files with the certificate that a client shows in TLS handshakes, and its private key (RFC 8705).
///
/// They are read for each request, and go with it: what is in the files counts, and nothing of it stays in
/// memory. So a certificate that was replaced is used at once.
public struct ClientCertificateFiles: Sendable, Hashable {
    /// The certificate in PEM, with those that lead to its authority behind it.
    public let certificate: String
    /// The private key in PEM, which only its owner may read.
    public let key: String

    /// Names the files.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// What is shown to the server.
    /// - Throws: ``OAuthError`` with `clientCertificateUnusable`, in words that name the file, and also where
    ///   the certificate is not valid at that time.
    public func read(at now: Timestamp) throws(OAuthError) -> ClientCertificate {
        let found = try certifiedKey()
        let shown = certificate.sanitised()
        if found.notAfter < now.seconds {
            let end = Timestamp(seconds: found.notAfter)
            throw unusable("the certificate \(shown) has expired: it was valid until \(end)")
        }
        if found.notBefore > now.seconds {
            let beginning = Timestamp(seconds: found.notBefore)
            throw unusable(
                "the certificate \(shown) is valid from \(beginning) only: is this machine's clock right?"
            )
        }
        return ClientCertificate(chain: found.chain, key: found.key)
    }

    /// What the files hold, whatever the time.
    /// - Throws: ``OAuthError`` with `clientCertificateUnusable`.
    public func certifiedKey() throws(OAuthError) -> CertifiedKey {
        let (chain, key): (Secret, Secret)
        do throws(PrivateFile.Failure) {
            chain = try PrivateFile.readShared(certificate, limit: Self.limit)
        } catch {
            throw unusable("the certificate \(certificate.sanitised()) \(words(for: error))")
        }
        do throws(PrivateFile.Failure) {
            // A service has its key from systemd, in a file of root's.
            key = try PrivateFile.readGranted(self.key, limit: Self.limit)
        } catch {
            throw unusable("the key file \(self.key.sanitised()) \(words(for: error))")
        }
        do throws(CryptoError) { return try CertifiedKey(chain: chain, key: key) } catch {
            throw unusable(words(for: error))
        }
    }

    private func unusable(_ words: String) -> OAuthError {
        OAuthError(.clientCertificateUnusable, words)
    }

    private func words(for error: PrivateFile.Failure) -> String {
        switch error {
        case .missing: "is not there"
        case .refused(let refusal): refusal.reason
        case .system(let error): "cannot be read: \(error)"
        }
    }

    private func words(for error: CryptoError) -> String {
        let (certificate, key) = (certificate.sanitised(), key.sanitised())
        switch error.code {
        case .badCertificate: return "the file \(certificate) holds no certificate in PEM"
        case .encryptedKey:
            return
                "the key file \(key) is encrypted with a passphrase, which nobody is asked for: give one"
                + " without, mode 0600"
        case .badKey: return "the key file \(key) holds no private key in PEM"
        case .keyMismatch:
            return "the key file \(key) holds the key of another certificate than \(certificate)"
        default: return "the certificate \(certificate) cannot be used: \(error)"
        }
    }

    private static let limit = 65_536
}
