import SesameOAuth
import SesameStore
import SesameSystem

/// Who has logged in: what the ID tokens of logins and renewals say (OpenID Connect Core 1.0).
extension Broker {
    /// Who a renewal is about, where it brought an ID token.
    ///
    /// A refresh token that came with a wrong one is kept in the place of the earlier, which the server has
    /// most likely spent, and the access token is given to nobody. Only where the ID token names another person
    /// does nothing of the answer count: that refresh token would make the login another person's, for good and
    /// unseen. Then the earlier one stays, and if the server has spent it, the person logs in again.
    /// - Throws: ``OAuthError``, which ``settle`` knows what to make of.
    func identity(
        in response: TokenResponse, by request: RenewalRequest, _ flight: Flight
    ) async throws(OAuthError) -> Credential.Identity? {
        guard case .refresh = request.kind, flight.profile.asksForOpenID else { return nil }
        var expected = IDTokenExpectation(clientID: flight.profile.clientID)
        expected.trustedAudiences = flight.profile.trustedAudiences
        expected.earlier = flight.held?.identity.map { Identity($0) }
        return try await request.client.identity(
            in: response, expecting: expected, keys: issuerKeys, at: time.now
        ).map { Credential.Identity($0) }
    }

    /// Who has logged in with a device code.
    ///
    /// Nothing says that such a login has to bring an ID token.
    func identity(
        in response: TokenResponse, of session: LoginSession
    ) async throws(BrokerError) -> Credential.Identity? {
        let profile = session.profile
        guard profile.asksForOpenID else { return nil }
        var expected = IDTokenExpectation(clientID: profile.clientID)
        expected.trustedAudiences = profile.trustedAudiences
        do throws(OAuthError) {
            return try await session.client.identity(
                in: response, expecting: expected, keys: issuerKeys, at: time.now
            ).map { Credential.Identity($0) }
        } catch {
            throw BrokerError(error, profile: profile)
        }
    }
}

extension Profile {
    /// Whether a login asks who the person is.
    var asksForOpenID: Bool {
        !grant.needsNoPerson
            && scope?.split(separator: " ").contains("openid") ?? false
    }

    /// For whom ID tokens may be besides this profile's client.
    var trustedAudiences: Set<String> { Set(settings.values["trusted_audience"] ?? []) }
}

extension Credential.Identity {
    init(_ identity: Identity) {
        self.init(
            issuer: identity.issuer, subject: identity.subject, audience: identity.audience,
            authorizedParty: identity.authorizedParty,
            authenticatedAt: identity.authenticatedAt.map(Timestamp.init(seconds:)))
    }
}

extension Identity {
    fileprivate init(_ identity: Credential.Identity) {
        self.init(
            issuer: identity.issuer, subject: identity.subject, audience: identity.audience,
            authorizedParty: identity.authorizedParty,
            authenticatedAt: identity.authenticatedAt?.seconds)
    }
}
