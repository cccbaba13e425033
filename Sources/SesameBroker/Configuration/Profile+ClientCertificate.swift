import SesameCrypto
import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

extension Profile {
    /// The settings that name whose key is used, or what is given to the server: who may name them could have
    /// another profile's.
    package static let keyFileSettings = [
        "client_key_file", "client_certificate_file", "client_certificate_key_file",
        "assertion_file", "subject_token_file", "actor_token_file", "subject_profile",
    ]

    /// The option by which the key is named again.
    var namedKeyOption: String {
        let given = Self.keyFileSettings.first { settings[$0] != nil } ?? "client_key_file"
        return "--\(given.replacing("_", with: "-")) …"
    }

    /// Whether the certificate of the TLS connection shows who the client is: as the profile says, or because
    /// it has one and says nothing else.
    var authenticatesByTLS: Bool {
        guard let method = settings["client_auth"] else {
            return settings["client_certificate_file"] != nil
        }
        return ["tls_client_auth", "self_signed_tls_client_auth"].contains(method)
    }

    /// The certificate that the client shows, whatever its way of authentication: tokens may be bound to it.
    ///
    /// Its key is in the file that is named for that, or in the client's key file, or beside the certificate.
    var clientCertificateFiles: ClientCertificateFiles? {
        guard let certificate = settings["client_certificate_file"] else { return nil }
        let key =
            settings["client_certificate_key_file"] ?? settings["client_key_file"] ?? certificate
        return ClientCertificateFiles(certificate: resolve(certificate), key: resolve(key))
    }

    /// Whether access tokens may be of use only to who shows the profile's certificate.
    package var showsCertificate: Bool { settings["client_certificate_file"] != nil }

    /// What ends within a month, or is over, in words.
    func foreseenTrouble(_ secrets: ClientSecrets?, at now: Timestamp) -> [String] {
        [certificateEnd(at: now), clientSecretEnd(secrets, at: now)].compactMap(\.self)
    }

    /// One that is over already is an error, told elsewhere.
    private func certificateEnd(at now: Timestamp) -> String? {
        guard let files = clientCertificateFiles, let held = try? files.certifiedKey() else {
            return nil
        }
        let end = Timestamp(seconds: held.notAfter)
        guard end >= now, end < now.adding(seconds: Self.foresight) else { return nil }
        return
            "the certificate \(files.certificate.sanitised()) is valid until \(end) only: put the next one in"
            + " its place, which needs no restart"
    }

    private func clientSecretEnd(_ secrets: ClientSecrets?, at now: Timestamp) -> String? {
        guard !usesClientKey, !authenticatesByTLS, let end = secrets?.lastClientSecretEnd,
            end < now.adding(seconds: Self.foresight)
        else { return nil }
        // No provider gives another to a client that was registered.
        if secrets?.registration?.clientID == clientID {
            return endingRegistration(in: secrets, at: now)
        }
        let many = secrets?.laterClientSecrets.isEmpty == false
        let verb = end <= now ? "ended at" : "ends at"
        return
            "the \(many ? "last " : "")client secret \(verb) \(end): get another one at the provider, and give it"
            + " beside: sesame setup \(name) --add-client-secret-stdin"
    }

    /// What to register at the server, for a client that shows a certificate.
    var certificateInstructions: [String] {
        guard let held = try? clientCertificateFiles?.certifiedKey() else { return [] }
        return [
            "register this certificate (x5t#S256): \(Base64URL.encode(held.digest.span))"
        ]
    }

    /// What to do where the server does not accept the client's certificate as its own.
    var hintForRejectedCertificate: String {
        "check client_id, and that the server knows the certificate: sesame setup \(name)"
            + " --client-certificate-file F"
    }

    /// What to do where the certificate cannot be shown, or there is none.
    var hintForUnusableCertificate: String {
        guard showsCertificate else {
            return
                "give the one that the server knows: sesame setup \(name) --client-certificate-file F"
                + " --client-key-file F"
        }
        return
            "put the right files there (PEM; the key with mode 0600), or name others: sesame setup \(name)"
            + " --client-certificate-file F --client-key-file F"
    }

    /// Seconds before an end from which it is told.
    static let foresight: Int64 = 30 * 86_400
}
