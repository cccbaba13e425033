import SesameOAuth
import SesameSecrets
import SesameStore

extension Broker {
    /// How the client of a profile authenticates at that server.
    func authentication(
        of profile: Profile, at server: AuthorizationServer
    ) async throws(BrokerError) -> any ClientAuthentication {
        if let key = profile.clientKeyFile {
            return PrivateKeyJWT(form: profile.assertionForm(random: parts.random)) {
                () throws(OAuthError) in try key.read()
            }
        }
        let secrets = try await fromStore { store throws(StoreError) in
            try await store.secrets(of: profile.name)
        }
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
                hints: ["it announces: \(announced.joined(separator: ", ").sanitised())"])
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
        default:
            let isRaw = profile.settings["basic_encoding"] == "raw"
            return ClientSecretBasic(secret: secret, encoding: isRaw ? .raw : .rfc)
        }
    }

    private static let methodsWithSecret = [
        "client_secret_basic", "client_secret_post", "client_secret_jwt",
    ]
}
