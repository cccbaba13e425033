import SesameHTTP
import SesameOAuth
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
    func client(
        of profile: Profile, proving use: ProofKeyUse = .none
    ) async throws(BrokerError) -> OAuthClient {
        let server = try await server(of: profile)
        // There is no other request that could ask for them.
        let details = profile.grant == .clientCredentials ? try profile.detailsParameter() : []
        let ways = try await authentications(of: profile, at: server)
        var client = OAuthClient(
            server: server, clientID: profile.clientID, authentication: ways.first,
            transport: parts.transport, certificateAuthorityFile: profile.certificateAuthorityFile,
            clientCertificate: profile.clientCertificateFiles,
            extraTokenParameters: profile.settings.parameters("token") + details)
        client.choice = ways.choice
        client.possession = try possession(of: profile, at: server, use)
        guard profile.signs || profile.clientCertificateFiles != nil else { return client }
        // A key or a certificate that cannot be used shows now, not when a ticket is taken or a code has been spent.
        do throws(OAuthError) { try client.checkAuthentication(at: time.now) } catch {
            throw BrokerError(error, profile: profile)
        }
        return client
    }

    /// Reads the configuration, and forgets what servers have said about themselves; what is under way
    /// goes on.
    /// - Throws: when there is a mistake in the configuration, with its line.
    package func reload() throws(BrokerError) {
        servers = [:]
        issuerKeys = IssuerKeys(time: time)
        _ = try parts.configuration.contents()
    }

    /// The profile's server: by hand, by preset, or by discovery.
    func server(of profile: Profile) async throws(BrokerError) -> AuthorizationServer {
        if let stated = profile.statedServer { return stated }
        return profile.amended(try await discoveredServer(of: profile))
    }

    /// Has the metadata read anew where an answer suggests that they are old ones: the endpoint is not there, or the
    /// server does not know the client.
    func reconsiderServer(of profile: Profile, after error: OAuthError) {
        guard error.code == .clientRejected || [404, 410].contains(error.status) else { return }
        servers[profile.serverKey] = nil
    }

    private func discoveredServer(
        of profile: Profile
    ) async throws(BrokerError) -> AuthorizationServer {
        let key = profile.serverKey
        if let known = servers[key], time.uptime - known.readAt < Self.metadataLifetime {
            return known.server.with(profile.provider.manners)
        }
        do throws(OAuthError) {
            let server = try await Discovery.discover(
                issuer: profile.issuer ?? "", over: parts.transport,
                certificateAuthorityFile: profile.certificateAuthorityFile)
            servers[key] = KnownServer(server: server, readAt: time.uptime)
            return server.with(profile.provider.manners)
        } catch {
            throw BrokerError(error, profile: profile)
        }
    }
}

extension Profile {
    /// What decides which metadata count.
    fileprivate var serverKey: [String] { [issuer ?? "", certificateAuthorityFile ?? ""] }

    fileprivate var statedServer: AuthorizationServer? {
        guard let tokenEndpoint = statedTokenEndpoint else { return nil }
        return amended(
            AuthorizationServer(
                tokenEndpoint: tokenEndpoint, authorizationEndpoint: statedAuthorizationEndpoint,
                issuer: issuer, revocationEndpoint: statedRevocationEndpoint,
                deviceAuthorizationEndpoint: statedDeviceAuthorizationEndpoint
            ).with(provider.manners))
    }

    /// The server with the endpoints that the profile names itself, whatever its metadata say.
    fileprivate func amended(_ server: AuthorizationServer) -> AuthorizationServer {
        var server = server
        if let url = settings.url("authorization_endpoint") { server.authorizationEndpoint = url }
        if let url = settings.url("jwks_uri") { server.jwksURI = url }
        if let url = settings.url("registration_endpoint") { server.registrationEndpoint = url }
        typealias Place<Root> = WritableKeyPath<Root, HTTPURL?> & Sendable
        let endpoints:
            [(String, any Place<AuthorizationServer>, alias: any Place<MutualTLSEndpoints>)] = [
                ("revocation_endpoint", \.revocationEndpoint, \.revocation),
                (
                    "device_authorization_endpoint", \.deviceAuthorizationEndpoint,
                    \.deviceAuthorization
                ),
                (
                    "pushed_authorization_request_endpoint", \.pushedAuthorizationRequestEndpoint,
                    \.pushedAuthorizationRequest
                ),
                ("introspection_endpoint", \.introspectionEndpoint, \.introspection),
            ]
        for (key, endpoint, alias) in endpoints {
            guard let url = settings.url(key) else { continue }
            server[keyPath: endpoint] = url
            // The place that the profile names is meant for its certificate, too.
            server.mutualTLSEndpoints?[keyPath: alias] = nil
        }
        return server
    }
}

extension AuthorizationServer {
    fileprivate func with(_ manners: ServerManners) -> AuthorizationServer {
        var server = self
        server.manners = manners
        return server
    }
}
