import SesameCrypto
import SesameJOSE
import SesameJSON
import SesameOAuth
import SesameSecrets
import SesameSystem

extension Profile {
    /// Whether the client signs with a key of its own: as the profile says, or because it has one.
    var usesClientKey: Bool {
        guard let method = settings["client_auth"] else {
            // The key of a grant's assertions need not be one for the client as well.
            return settings["client_key_file"] != nil && !authenticatesByTLS && grant != .jwtBearer
        }
        return method == "private_key_jwt"
    }

    /// Whether the client signs statements about itself, with a key or with its secret.
    var signs: Bool { usesClientKey || settings["client_auth"] == "client_secret_jwt" }

    /// The key that the client signs with; `nil` where it authenticates in another way.
    var clientKeyFile: ClientKeyFile? {
        usesClientKey ? namedKeyFile : nil
    }

    /// The key that signs authorization requests (RFC 9101): the client's, or one that is for nothing else.
    var requestKeyFile: ClientKeyFile? {
        if let clientKeyFile { return clientKeyFile }
        guard grant == .authorizationCode, settings["jar"] == "required" else { return nil }
        return namedKeyFile
    }

    private var namedKeyFile: ClientKeyFile? {
        settings["client_key_file"].map {
            ClientKeyFile(path: resolve($0), keyID: settings["client_key_id"])
        }
    }

    /// What speaks against the key that the client signs with, or against its certificate, or `nil`.
    func clientKeyObjection(at now: Timestamp) -> BrokerError? {
        do throws(OAuthError) {
            _ = try requestKeyFile?.read()
            _ = try assertionKeyFile?.read()
            for file in tokenFiles { _ = try file.read() }
            _ = try clientCertificateFiles?.read(at: now)
        } catch { return BrokerError(error, profile: self) }
        return nil
    }

    /// What to register at the server, for a client that signs with a key.
    var keyInstructions: [String] {
        guard let key = try? (requestKeyFile ?? assertionKeyFile)?.read(),
            let publicKey = try? key.publicJWK()
        else {
            return []
        }
        let json = publicKey.json.encoded().dangerouslyRevealedText()
        return ["register this public key: {\"keys\":[\(json)]}"]
    }

    /// What to do where the server does not accept the client.
    var hintsForRejectedClient: [String] {
        let secret =
            "check client_id and the client secret: sesame setup \(name) --client-secret-stdin"
        let key = "check client_id, and that the server knows the public key: sesame setup \(name)"
        if authenticatesByTLS { return [hintForRejectedCertificate] }
        guard signs else { return [secret] + hintsToRegister }
        let other = settings["assertion_audience"] == "endpoint" ? "issuer" : "endpoint"
        return [
            usesClientKey ? key : secret,
            "some servers want statements for the \(other): sesame setup \(name) "
                + "--assertion-audience \(other)",
        ]
    }

    /// For a client that Sesame may have registered itself: at a server that was found by its issuer.
    private var hintsToRegister: [String] {
        guard settings["provider"] == nil, settings["issuer"] != nil else { return [] }
        return [
            "if Sesame has registered it, have it registered anew: sesame setup \(name) --register"
        ]
    }

    /// What to do where the client cannot sign.
    var hintForUnusableKey: String {
        if !tokenFiles.isEmpty, clientKeyFile == nil {
            return
                "let the program that renews it write it again, as a file that only its owner can read (mode"
                + " 0600), or name another: sesame setup \(name) \(namedKeyOption)"
        }
        guard requestKeyFile != nil || assertionKeyFile != nil else {
            return "give a longer secret, or authenticate in another way: sesame setup \(name) "
                + "--client-auth client_secret_basic"
        }
        return
            "give another one (P-256, Ed25519 or RSA; PEM or JWK; mode 0600): sesame setup \(name) "
            + "--client-key-file F"
    }

    /// What the client's signed statements look like.
    func assertionForm(random: any RandomSource) -> ClientAssertionForm {
        var form = ClientAssertionForm()
        form.random = random
        if let audience = settings["assertion_audience"] {
            form.audience = ClientAssertionForm.Audience(rawValue: audience) ?? .issuer
        }
        if let type = settings["assertion_type"] { form.type = type }
        return form
    }
}
