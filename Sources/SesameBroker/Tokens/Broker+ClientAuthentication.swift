import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

extension Broker {
    /// How the client of a profile authenticates at that server, and how else where that is refused.
    func authentications(
        of profile: Profile, at server: AuthorizationServer
    ) async throws(BrokerError) -> (first: any ClientAuthentication, choice: AuthenticationChoice?)
    {
        await preferences[profile.name]?.value
        let secrets = try await fromStore { store throws(StoreError) in
            try await store.secrets(of: profile.name)
        }
        try await requireClientKey(of: profile, in: secrets)
        if profile.authenticatesByTLS { return (TLSClientAuthentication(), nil) }
        if let key = profile.clientKeyFile {
            let method = PrivateKeyJWT(form: profile.assertionForm(random: parts.random)) {
                () throws(OAuthError) in try key.read()
            }
            return (method, nil)
        }
        try profile.requireLivingRegistration(in: secrets, at: time.now)
        let secret = try profile.clientSecret(in: secrets)
        // Its assertion says who asks, and not every server that takes such knows the client as well.
        if profile.grant == .jwtBearer, secret == nil, profile.settings["client_auth"] == nil {
            return (AnonymousClient(), nil)
        }
        // The first use of one of version 0.1.0 decides whose it is.
        if secret != nil, secrets?.clientSecretFor == nil {
            try? await bindSecrets(of: profile.name)
        }
        let given = try profile.clientSecrets(in: secrets, at: time.now)
        guard let first = given.first,
            given.count > 1 || secrets?.laterClientSecrets.isEmpty == false
        else {
            return (try authentication(of: profile, secret: secret, at: server), nil)
        }
        let ways = try given.map { secret throws(BrokerError) in
            try authentication(of: profile, secret: secret, at: server)
        }
        let name = profile.name
        let choice = AuthenticationChoice(ways) { await self.notePreference(given[$0], of: name) }
        return (try authentication(of: profile, secret: first, at: server), choice)
    }

    /// Has it noted beside what goes on: an answer that is on its way into the store does not wait for it.
    private func notePreference(_ secret: Secret, of name: String) {
        let before = preferences[name]
        preferences[name] = Task {
            await before?.value
            await self.prefer(secret, of: name)
        }
    }

    /// Notes which client secret the server has accepted: it is the first from now on, and those that are over
    /// are forgotten.
    private func prefer(_ secret: Secret, of name: String) async {
        let now = time.now
        // What cannot be noted is found out again.
        try? await fromStore { store throws(StoreError) in
            guard let stored = try await store.secrets(of: name),
                stored.preferring(secret, at: now).differs(from: stored)
            else { return }
            try await store.changeSecrets(of: name) {
                ($0 ?? ClientSecrets()).preferring(secret, at: now)
            }
        }
    }

    /// Whether tokens of the profile may be of use only to who shows its certificate.
    package nonisolated func showsCertificate(_ name: String) -> Bool {
        (try? parts.configuration.profile(name))?.showsCertificate ?? false
    }

    /// The certificate that a profile's requests show, read anew; `nil` where it has none.
    func clientCertificate(of profile: Profile) async throws(BrokerError) -> ClientCertificate? {
        guard let files = profile.clientCertificateFiles else { return nil }
        let secrets = try await fromStore { store throws(StoreError) in
            try await store.secrets(of: profile.name)
        }
        try await requireClientKey(of: profile, in: secrets)
        do throws(OAuthError) { return try files.read(at: time.now) } catch {
            throw BrokerError(error, profile: profile)
        }
    }

    private func requireClientKey(
        of profile: Profile, in secrets: ClientSecrets?
    ) async throws(BrokerError) {
        guard profile.clientKeyOwner != nil else { return }
        // The first use of one that was written into the configuration decides for whom it is.
        if secrets?.clientKeyFor == nil { try? await bindSecrets(of: profile.name) }
        try profile.requireClientKey(in: secrets)
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

extension ClientSecrets {
    /// Whether other client secrets are there, or the same in another order.
    fileprivate func differs(from other: ClientSecrets) -> Bool {
        let (ours, theirs) = (clientSecrets, other.clientSecrets)
        return ours.count != theirs.count
            || zip(ours, theirs).contains { !$0.secret.equals($1.secret) }
    }
}
