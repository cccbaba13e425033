import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

/// The token request that renews a profile's token, ready to be sent once.
struct RenewalRequest: Sendable {
    enum Kind: Sendable {
        case refresh(RefreshTokenGrant)
        case clientCredentials(ClientCredentialsGrant)
        /// For a token that may do less than the login's.
        case exchange(TokenExchangeGrant)
        case jwtBearer(JWTBearerGrant)
        case tokenExchange(TokenExchangeGrant)

        /// Whether the stored login hangs on it.
        var isRefresh: Bool { if case .refresh = self { true } else { false } }
    }

    let client: OAuthClient
    let kind: Kind

    func send(at now: Timestamp) async throws(OAuthError) -> TokenResponse {
        switch kind {
        case .refresh(let grant): try await client.redeem(grant, at: now)
        case .clientCredentials(let grant): try await client.redeem(grant, at: now)
        case .exchange(let grant): try await client.redeem(grant, at: now)
        case .jwtBearer(let grant):
            try await naming("assertion") { () throws(OAuthError) in
                try await client.redeem(grant, at: now)
            }
        case .tokenExchange(let grant):
            try await naming("subject token") { () throws(OAuthError) in
                let answer = try await client.redeem(grant, at: now)
                try grant.check(answer)
                return answer
            }
        }
    }

    /// What was given is refused: no login has ended by that.
    private func naming(
        _ what: String, _ body: () async throws(OAuthError) -> TokenResponse
    ) async throws(OAuthError) -> TokenResponse {
        do throws(OAuthError) { return try await body() } catch {
            guard error.code == .grantEnded else { throw error }
            throw OAuthError(
                .serverRefused,
                "the server does not accept the \(what): it has expired, or is not meant for this server",
                serverCode: error.serverCode, serverDescription: error.serverDescription,
                status: error.status, mayHaveBeenSent: error.mayHaveBeenSent)
        }
    }
}

extension Broker {
    /// Everything that can fail before a ticket is taken fails here.
    /// - Parameter scope: less than the login was granted; `nil` for the same.
    func renewalRequest(
        _ profile: Profile, _ held: Credential?, scope: String? = nil
    ) async throws(BrokerError) -> RenewalRequest {
        if profile.grant.needsNoPerson, profile.refreshToken(of: held) == nil {
            return try await repeatedGrant(profile, held, scope: scope)
        }
        let login = ["log in: sesame login \(profile.name)"]
        guard let held else {
            throw BrokerError(
                .loginRequired, "nobody has logged in to profile \(profile.name) yet",
                hints: profile.hintsForLogin)
        }
        if let parked = held.parked(profile.name) { throw parked }
        if let ended = held.ended { throw BrokerError(.loginRequired, ended.reason, hints: login) }
        guard let refreshToken = held.refreshToken else {
            throw BrokerError(
                .loginRequired, "the access token has expired and the server gave no refresh token",
                hints: login)
        }
        let client = try await client(of: profile, proving: .held(held.dpopKey))
        guard client.server.tokenEndpoint.description == held.tokenEndpoint else {
            throw BrokerError(
                .loginRequired,
                "the server's token endpoint has moved to \(client.server.tokenEndpoint.description.sanitised()); "
                    + "the refresh token is not sent there unasked",
                hints: ["if that is right, log in again: sesame login \(profile.name)"])
        }
        return RenewalRequest(
            client: client,
            kind: .refresh(
                RefreshTokenGrant(
                    refreshToken: refreshToken, scope: profile.written(scope),
                    resource: profile.resources)))
    }
}
