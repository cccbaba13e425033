import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

extension Credential {
    /// Seconds that a token lives when its server does not say: never «for ever» (RFC 6749, section 5.1).
    static let unstatedLifetime: Int64 = 300

    init(
        _ response: TokenResponse, from tokenEndpoint: HTTPURL, profile: Profile, at now: Timestamp
    ) {
        self.init(
            accessToken: response.accessToken.value, tokenType: response.accessToken.type.name,
            scope: response.accessToken.scope ?? profile.scope,
            accessExpiresAt: profile.end(of: response.accessToken, at: now), accessReceivedAt: now,
            refreshToken: response.refreshToken, loginExpiresAt: nil, loggedInAt: now,
            renewedAt: nil,
            tokenEndpoint: tokenEndpoint.description, clientID: profile.clientID,
            issuer: profile.issuer)
        dpopKey = response.boundKey?.encoded
        grantIdentity = profile.grantIdentity
        authorizationDetails = response.authorizationDetails?.text
        resources = profile.resources
        setLoginExpiry(response, profile: profile, at: now)
    }

    /// This credential with what a renewal gave.
    ///
    /// A missing refresh token means: keep the old one (RFC 6749, section 6). A login that is parked
    /// stays so: a client's own credentials, which may renew beside it, say nothing of the other host.
    func renewed(with response: TokenResponse, profile: Profile, at now: Timestamp) -> Credential {
        var renewed = self
        renewed.accessToken = response.accessToken.value
        renewed.tokenType = response.accessToken.type.name
        renewed.dpopKey = response.boundKey?.encoded
        renewed.scope = response.accessToken.scope ?? scope
        renewed.accessExpiresAt = profile.end(of: response.accessToken, at: now)
        renewed.accessReceivedAt = now
        renewed.refreshToken = response.refreshToken ?? refreshToken
        renewed.renewedAt = now
        renewed.authorizationDetails =
            response.authorizationDetails?.text ?? authorizationDetails
        renewed.resources = profile.resources
        renewed.ended = nil
        renewed.setLoginExpiry(response, profile: profile, at: now)
        return renewed
    }

    /// This credential with the refresh token of a renewal that gave a token with less scope.
    func keepingAccess(
        with response: TokenResponse, profile: Profile, at now: Timestamp
    ) -> Credential {
        var kept = renewed(with: response, profile: profile, at: now)
        kept.accessToken = accessToken
        // Where the server has only now insisted on a key, the earlier token is not bound to it.
        if kept.dpopKey != nil, dpopKey == nil { kept.accessToken = nil }
        kept.scope = scope
        kept.authorizationDetails = authorizationDetails
        kept.accessExpiresAt = accessExpiresAt
        kept.accessReceivedAt = accessReceivedAt
        return kept
    }

    /// This credential, ended: the tokens go, the reason stays.
    func ended(
        _ reason: String, serverCode: String?, at now: Timestamp, answerWasLost: Bool
    ) -> Credential {
        var ended = self
        ended.accessToken = nil
        ended.refreshToken = nil
        ended.accessExpiresAt = nil
        ended.loginExpiresAt = nil
        ended.restoredFrom = nil
        ended.ended = Ending(
            reason: reason, serverCode: serverCode, at: now, answerWasLost: answerWasLost)
        return ended
    }

    /// The held token, if it is still good for `seconds` more.
    ///
    /// A clock that jumped back behind the token's arrival makes its age unknown: it is renewed, not
    /// taken for eternal.
    func usable(at now: Timestamp, for seconds: Int64) -> AccessToken? {
        guard now >= accessReceivedAt, let token = accessToken(at: now),
            let expiry = token.expiresAt,
            now.seconds(until: expiry) >= seconds
        else { return nil }
        return token
    }

    /// When the held token expires, or is taken for expired where the server does not say; `nil` without one.
    var presumedExpiry: Timestamp? {
        guard accessToken != nil else { return nil }
        return accessExpiresAt ?? accessReceivedAt.adding(seconds: Self.unstatedLifetime)
    }

    /// The held token, unless it has expired.
    func accessToken(at now: Timestamp) -> AccessToken? {
        guard let accessToken, let expiry = presumedExpiry, now < expiry else { return nil }
        var token = AccessToken(
            accessToken, type: dpopKey == nil ? .bearer : .dpop, receivedAt: accessReceivedAt,
            expiresAt: expiry, scope: scope)
        token.sealedKey = dpopKey
        return token
    }

    /// Whether this is what the profile's own client was given by the profile's own server.
    ///
    /// Another client id, another issuer, or a preset or endpoint that now names another server, makes
    /// it somebody else's; so does a key that its tokens must be bound to, or must not.
    func belongs(to profile: Profile) -> Bool { isGiven(to: profile) && isBound(as: profile) }

    /// The same, whatever the tokens are bound to.
    func isGiven(to profile: Profile) -> Bool {
        clientID == profile.clientID && issuer == profile.issuer
            && grantIdentity == profile.grantIdentity
            && (profile.statedTokenEndpoint.map { $0.description == tokenEndpoint } ?? true)
    }

    /// Whether the access token was asked for the resources that the profile names (RFC 8707).
    ///
    /// Where nobody knows it is taken for one: a login without a refresh token would be lost else.
    func isForResources(of profile: Profile) -> Bool {
        guard let resources else { return true }
        let wanted = profile.resources
        return resources == wanted || Set(resources) == Set(wanted)
    }

    /// This credential as the profile may use it: an access token for other resources is none of its.
    ///
    /// The refresh token stays: whether it gives tokens for these, the server knows.
    func usable(by profile: Profile) -> Credential? {
        guard belongs(to: profile) else { return nil }
        guard !isForResources(of: profile) else { return self }
        var usable = self
        usable.accessToken = nil
        usable.accessExpiresAt = nil
        return usable
    }

    /// Why this login is not renewed although it could be; `nil` where it is.
    ///
    /// It came with a backup, and the host that made that may still renew it: two that do so with one
    /// rotating refresh token end the login for both.
    func parked(_ profile: String) -> BrokerError? {
        guard ended == nil, let restoredFrom else { return nil }
        return BrokerError(
            .loginRequired,
            "the login of profile \(profile) came with the \(restoredFrom.sanitised(limit: 200)) and is"
                + " not renewed before you have said that nobody uses it there any more",
            hints: [
                "if nobody does: sesame restore --confirm \(profile)",
                "or log in anew: sesame login \(profile)",
            ])
    }

    /// An answer that says nothing leaves what was known before, unless the login has outlived that.
    private mutating func setLoginExpiry(
        _ response: TokenResponse, profile: Profile, at now: Timestamp
    ) {
        if response.refreshTokenNeverExpires || loginExpiresAt.map({ $0 <= now }) == true {
            loginExpiresAt = nil
        }
        guard refreshToken != nil, !response.refreshTokenNeverExpires else { return }
        let stated = response.refreshTokenExpiresIn.map { now.adding(seconds: $0) }
        let usual = profile.provider.lifetimes.end(ofLoginBegunAt: loggedInAt, renewedAt: now)
        guard let end = stated ?? usual else { return }
        loginExpiresAt = end
        isLoginExpiryPreset = stated == nil
    }
}

extension Profile {
    /// When a token ends: as the server says, or as this kind of server is known for.
    fileprivate func end(of token: AccessToken, at now: Timestamp) -> Timestamp? {
        token.expiresAt ?? provider.lifetimes.presumedAccess.map { now.adding(seconds: $0) }
    }
}

extension TokenResponse {
    /// The access token with the key that it is bound to.
    var tokenWithKey: AccessToken {
        var token = accessToken
        token.sealedKey = boundKey?.encoded
        return token
    }
}

extension AccessToken {
    /// This token, if it was granted every word of `scope`.
    func granting(_ scope: String?, profile: String) throws(BrokerError) -> AccessToken {
        guard let wanted = scope?.split(separator: " "), !wanted.isEmpty else { return self }
        let granted = (self.scope ?? "").split(separator: " ")
        let missing = wanted.filter { !granted.contains($0) }
        guard missing.isEmpty else {
            throw BrokerError(
                .serverRefused,
                "scope \(missing.joined(separator: " ").sanitised()) was not granted to profile \(profile)",
                hints: ["granted is: \((self.scope ?? "nothing stated").sanitised())"])
        }
        return self
    }
}
