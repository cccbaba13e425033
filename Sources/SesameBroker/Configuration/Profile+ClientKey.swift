import SesameCrypto
import SesameJOSE
import SesameJSON
import SesameOAuth
import SesameSecrets

extension Profile {
    /// Whether the client signs with a key of its own: as the profile says, or because it has one.
    var usesClientKey: Bool {
        guard let method = settings["client_auth"] else {
            return settings["client_key_file"] != nil
        }
        return method == "private_key_jwt"
    }

    /// Whether the client signs statements about itself, with a key or with its secret.
    var signs: Bool { usesClientKey || settings["client_auth"] == "client_secret_jwt" }

    /// The key that the client signs with; `nil` where it authenticates in another way.
    var clientKeyFile: ClientKeyFile? {
        guard usesClientKey, let path = settings["client_key_file"] else { return nil }
        return ClientKeyFile(path: resolve(path), keyID: settings["client_key_id"])
    }

    /// What speaks against the key that the client signs with, or `nil`.
    var clientKeyObjection: String? {
        guard let file = clientKeyFile else { return nil }
        do throws(OAuthError) { _ = try file.read() } catch { return error.message }
        return nil
    }

    /// What to register at the server, for a client that signs with a key.
    var keyInstructions: [String] {
        guard let key = try? clientKeyFile?.read(), let publicKey = try? key.publicJWK() else {
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
        guard usesClientKey else {
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
