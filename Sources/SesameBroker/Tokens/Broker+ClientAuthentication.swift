import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

extension Broker {
    /// How the client of a profile authenticates at that server.
    func authentication(
        of profile: Profile, at server: AuthorizationServer
    ) async throws(BrokerError) -> any ClientAuthentication {
        let secrets = try await fromStore { store throws(StoreError) in
            try await store.secrets(of: profile.name)
        }
        if let key = profile.clientKeyFile {
            // The first use of one that was written into the configuration decides for whom it is.
            if secrets?.clientKeyFor == nil { try? await bindSecrets(of: profile.name) }
            try profile.requireClientKey(in: secrets)
            return PrivateKeyJWT(form: profile.assertionForm(random: parts.random)) {
                () throws(OAuthError) in try key.read()
            }
        }
        try profile.requireLivingRegistration(in: secrets, at: time.now)
        let secret = try profile.clientSecret(in: secrets)
        // The first use of one of version 0.1.0 decides whose it is.
        if secret != nil, secrets?.clientSecretFor == nil {
            try? await bindSecrets(of: profile.name)
        }
        return try authentication(of: profile, secret: secret, at: server)
    }

    /// As the profile says, or the preset, or what the server announces.
    ///
    /// A server that is silent takes `client_secret_basic` (RFC 8414, section 2).
    private func authentication(
        of profile: Profile, secret: Secret?, at server: AuthorizationServer
    ) throws(BrokerError) -> any ClientAuthentication {
        let announced = server.tokenEndpointAuthMethods ?? ["client_secret_basic"]
        let method =
            profile.settings["client_auth"] ?? (secret == nil ? "none" : nil)
            ?? profile.provider.clientAuthentication
            ?? Self.methodsWithSecret.first(where: announced.contains)
        if method == "none" { return NoClientAuthentication() }
        guard let method else {
            throw BrokerError(
                .configuration,
                "the server takes none of the ways to send a client secret that profile \(profile.name)"
                    + " knows",
                hints: [
                    "it announces: \(announced.joined(separator: ", ").sanitised())",
                    "choose one that it takes: sesame setup \(profile.name) --client-auth …",
                ])
        }
        guard let secret else {
            throw BrokerError(
                .configuration, "profile \(profile.name) has no client secret",
                hints: ["give it: sesame setup \(profile.name) --client-secret-stdin"])
        }
        switch method {
        case "client_secret_post": return ClientSecretPost(secret: secret)
        case "client_secret_jwt":
            return ClientSecretJWT(
                secret: secret, form: profile.assertionForm(random: parts.random))
        case "client_secret_basic":
            let isRaw = profile.settings["basic_encoding"] == "raw"
            return ClientSecretBasic(secret: secret, encoding: isRaw ? .raw : .rfc)
        default:
            throw BrokerError(
                .configuration, "profile \(profile.name) has no key for `client_auth = \(method)`",
                hints: ["give it: sesame setup \(profile.name) --client-key-file F"])
        }
    }

    private static let methodsWithSecret = [
        "client_secret_basic", "client_secret_post", "client_secret_jwt",
    ]
}
