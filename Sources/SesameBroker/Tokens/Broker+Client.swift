import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

/// A server's metadata, with the time since boot at which it was read.
struct KnownServer: Sendable {
    let server: AuthorizationServer
    let readAt: Duration
}

extension Broker {
    /// Metadata is read again after an hour.
    private static let metadataLifetime = Duration.seconds(3600)

    /// The profile's client at its authorization server, able to redeem grants.
    func client(of profile: Profile) async throws(BrokerError) -> OAuthClient {
        let server = try await server(of: profile)
        let secrets = try await fromStore { store throws(StoreError) in
            try await store.secrets(of: profile.name)
        }
        let secret = try profile.clientSecret(in: secrets)
        // The first use of one of version 0.1.0 decides whose it is.
        if secret != nil, secrets?.clientSecretFor == nil {
            try? await bindSecrets(of: profile.name)
        }
        return OAuthClient(
            server: server, clientID: profile.clientID,
            authentication: try profile.authentication(secret: secret, at: server),
            transport: parts.transport, certificateAuthorityFile: profile.certificateAuthorityFile,
            extraTokenParameters: profile.settings.parameters("token"))
    }

    /// Reads the configuration, and forgets what servers have said about themselves; what is under way
    /// goes on.
    /// - Throws: when there is a mistake in the configuration, with its line.
    package func reload() throws(BrokerError) {
        servers = [:]
        _ = try parts.configuration.contents()
    }

    /// The profile's server: by hand, by preset, or by discovery.
    func server(of profile: Profile) async throws(BrokerError) -> AuthorizationServer {
        if let stated = profile.statedServer { return stated }
        let issuer = profile.issuer ?? ""
        let key = [issuer, profile.certificateAuthorityFile ?? ""]
        if let known = servers[key], time.uptime - known.readAt < Self.metadataLifetime {
            return known.server.with(profile.provider.manners)
        }
        do throws(OAuthError) {
            let server = try await Discovery.discover(
                issuer: issuer, over: parts.transport,
                certificateAuthorityFile: profile.certificateAuthorityFile)
            servers[key] = KnownServer(server: server, readAt: time.uptime)
            return server.with(profile.provider.manners)
        } catch {
            throw BrokerError(error, profile: profile.name)
        }
    }
}

extension Profile {
    fileprivate var statedServer: AuthorizationServer? {
        guard let tokenEndpoint = statedTokenEndpoint else { return nil }
        return AuthorizationServer(
            tokenEndpoint: tokenEndpoint, authorizationEndpoint: statedAuthorizationEndpoint,
            issuer: issuer, revocationEndpoint: statedRevocationEndpoint
        ).with(provider.manners)
    }

    /// How the client authenticates: as the profile says, or the preset, or what the server
    /// announces.
    ///
    /// A server that is silent takes `client_secret_basic` (RFC 8414, section 2).
    fileprivate func authentication(
        secret: Secret?, at server: AuthorizationServer
    ) throws(BrokerError) -> any ClientAuthentication {
        let announced = server.tokenEndpointAuthMethods ?? ["client_secret_basic"]
        let method =
            settings["client_auth"] ?? (secret == nil ? "none" : nil) ?? provider
            .clientAuthentication
            ?? ["client_secret_basic", "client_secret_post"].first(where: announced.contains)
        if method == "none" { return NoClientAuthentication() }
        guard let method else {
            throw BrokerError(
                .configuration,
                "the server takes none of the ways to send a client secret that profile \(name) knows",
                hints: ["it announces: \(announced.joined(separator: ", ").sanitised())"])
        }
        guard let secret else {
            throw BrokerError(
                .configuration, "profile \(name) has no client secret",
                hints: ["give it: sesame setup \(name) --client-secret-stdin"])
        }
        if method == "client_secret_post" { return ClientSecretPost(secret: secret) }
        return ClientSecretBasic(
            secret: secret, encoding: settings["basic_encoding"] == "raw" ? .raw : .rfc)
    }
}

extension AuthorizationServer {
    fileprivate func with(_ manners: ServerManners) -> AuthorizationServer {
        var server = self
        server.manners = manners
        return server
    }
}
