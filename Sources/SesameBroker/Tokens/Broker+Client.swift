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
    func client(of profile: Profile) async throws(BrokerError) -> OAuthClient {
        let server = try await server(of: profile)
        // There is no other request that could ask for them.
        let details = profile.grant == .clientCredentials ? try profile.detailsParameter() : []
        let client = OAuthClient(
            server: server, clientID: profile.clientID,
            authentication: try await authentication(of: profile, at: server),
            transport: parts.transport, certificateAuthorityFile: profile.certificateAuthorityFile,
            extraTokenParameters: profile.settings.parameters("token") + details)
        guard profile.signs else { return client }
        // A key that cannot be used shows now, not when a ticket is taken or a code has been spent.
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
        _ = try parts.configuration.contents()
    }

    /// The profile's server: by hand, by preset, or by discovery.
    func server(of profile: Profile) async throws(BrokerError) -> AuthorizationServer {
        if let stated = profile.statedServer { return stated }
        return profile.amended(try await discoveredServer(of: profile))
    }

    private func discoveredServer(
        of profile: Profile
    ) async throws(BrokerError) -> AuthorizationServer {
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
            throw BrokerError(error, profile: profile)
        }
    }
}

extension Profile {
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
        let endpoints: [(String, any WritableKeyPath<AuthorizationServer, HTTPURL?> & Sendable)] = [
            ("authorization_endpoint", \.authorizationEndpoint),
            ("revocation_endpoint", \.revocationEndpoint),
            ("device_authorization_endpoint", \.deviceAuthorizationEndpoint),
            ("pushed_authorization_request_endpoint", \.pushedAuthorizationRequestEndpoint),
        ]
        for (key, endpoint) in endpoints {
            if let url = settings.url(key) { server[keyPath: endpoint] = url }
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
