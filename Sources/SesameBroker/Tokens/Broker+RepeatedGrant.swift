import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

/// Tokens for programs that act for themselves: the grant is repeated whenever one is needed.
extension Broker {
    /// The request by which a token is had without a person.
    /// - Parameter scope: less than the profile asks for; `nil` for that.
    func repeatedGrant(
        _ profile: Profile, _ held: Credential?, scope: String? = nil
    ) async throws(BrokerError) -> RenewalRequest {
        let client = try await client(of: profile, proving: .held(held?.dpopKey))
        let scope = profile.written(scope ?? profile.scope)
        let resource = profile.resources
        do throws(OAuthError) {
            switch profile.grant {
            case .jwtBearer:
                let assertion = try assertion(profile, scope, client.server)
                let grant = JWTBearerGrant(assertion: assertion, scope: scope, resource: resource)
                return RenewalRequest(client: client, kind: .jwtBearer(grant))
            case .tokenExchange: break
            default:
                let grant = ClientCredentialsGrant(scope: scope, resource: resource)
                return RenewalRequest(client: client, kind: .clientCredentials(grant))
            }
        } catch {
            throw BrokerError(error, profile: profile)
        }
        let subject = try await subject(of: profile, at: client.server)
        let grant = TokenExchangeGrant(
            subject: subject, actor: try actor(of: profile),
            requestedTokenType: profile.tokenType("requested_token_type"), scope: scope,
            audience: profile.settings.values["audience"] ?? [], resource: resource)
        return RenewalRequest(client: client, kind: .tokenExchange(grant))
    }

    private func assertion(
        _ profile: Profile, _ scope: String?, _ server: AuthorizationServer
    ) throws(OAuthError) -> Secret {
        if let file = profile.tokenFile("assertion_file") { return try file.read() }
        guard let key = try profile.assertionKeyFile?.read() else {
            throw OAuthError(.clientKeyUnusable, "there is no key to sign the assertion with")
        }
        return try profile.grantAssertion(scope: scope, random: parts.random)
            .signed(with: key, for: server, at: time.now)
    }

    private func subject(
        of profile: Profile, at server: AuthorizationServer
    ) async throws(BrokerError) -> ExchangedToken {
        let type = profile.tokenType("subject_token_type")
        guard let other = profile.settings["subject_profile"] else {
            let value = try read(profile.tokenFile("subject_token_file"), profile)
            return ExchangedToken(value, type: type ?? TokenExchangeGrant.jwtType)
        }
        try refuseCircle(from: profile)
        let giving = try usableProfile(other)
        let token = try await accessToken(TokenQuery(profile: other), of: giving)
        // One that is bound to a key is of use with that key only, which is not given away.
        let bare = try token.requireBearer(of: other)
        try await requireDestination(of: bare, giving, server.tokenEndpoint)
        return ExchangedToken(bare.value, type: type ?? TokenExchangeGrant.accessTokenType)
    }

    private func actor(of profile: Profile) throws(BrokerError) -> ExchangedToken? {
        guard let file = profile.tokenFile("actor_token_file") else { return nil }
        return ExchangedToken(
            try read(file, profile),
            type: profile.tokenType("actor_token_type") ?? TokenExchangeGrant.jwtType)
    }

    private func read(
        _ file: TokenInputFile?, _ profile: Profile
    ) throws(BrokerError) -> Secret {
        do throws(OAuthError) {
            guard let file else {
                throw OAuthError(.clientKeyUnusable, "there is no token to exchange")
            }
            return try file.read()
        } catch {
            throw BrokerError(error, profile: profile)
        }
    }

    /// A token that waits for itself would never come.
    private func refuseCircle(from profile: Profile) throws(BrokerError) {
        let profiles = try parts.configuration.contents().profiles
        var seen = [profile.name]
        var next = profile.settings["subject_profile"]
        while let name = next {
            guard !seen.contains(name) else {
                throw BrokerError(
                    .configuration,
                    "profile \(profile.name) exchanges a token that is made of its own:"
                        + " \((seen + [name]).joined(separator: " -> ").sanitised(limit: 200))",
                    hints: ["let one of them have its token in another way"])
            }
            seen.append(name)
            let profile = profiles[name]
            next =
                profile?.grant == .tokenExchange ? profile?.settings["subject_profile"] : nil
        }
    }

    /// A token goes to the server that gave it, and else only where its profile allows.
    private func requireDestination(
        of token: AccessToken, _ giving: Profile, _ endpoint: HTTPURL
    ) async throws(BrokerError) {
        // There may be another login by now, from another server than the token.
        if let held = try await look(giving).credential, held.tokenEndpoint == endpoint.description,
            held.accessToken?.equals(token.value) == true
        {
            return
        }
        do throws(Destinations.Refusal) { _ = try giving.destinations.admit(endpoint) } catch {
            throw BrokerError(refusal: error, url: endpoint.description, profile: giving)
        }
    }
}
