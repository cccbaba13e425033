import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

/// Tokens with less scope by token exchange (RFC 8693).
extension Broker {
    /// The login's own access token is given for one that may do less; the refresh token is left alone.
    ///
    /// A server that does not know the login's token any more gets a new one, once.
    func exchangedToken(
        _ narrowing: Narrowing, _ query: TokenQuery, _ profile: Profile
    ) async throws(BrokerError) -> AccessToken {
        var plain = TokenQuery(profile: profile.name)
        plain.minimumValidity = query.minimumValidity
        let subject = try await accessToken(plain, of: profile)
        switch try await exchange(subject, narrowing, profile) {
        case .success(let token): return token
        case .failure(let error):
            let isOld = subject.receivedAt.seconds(until: time.now) > Self.youngest
            guard error.doubtsSubject, isOld else { throw Self.refusal(error, profile) }
        }
        plain.rejected = subject.value
        switch try await exchange(try await accessToken(plain, of: profile), narrowing, profile) {
        case .success(let token): return token
        case .failure(let error): throw Self.refusal(error, profile)
        }
    }

    /// What a server says of the exchange says nothing of the login.
    private static func refusal(_ error: OAuthError, _ profile: Profile) -> BrokerError {
        let error = BrokerError(error, profile: profile)
        return error.code == .loginRequired ? BrokerError(.serverRefused, error.message) : error
    }

    private func exchange(
        _ subject: AccessToken, _ narrowing: Narrowing, _ profile: Profile
    ) async throws(BrokerError) -> Result<AccessToken, OAuthError> {
        let client = try await client(of: profile, proving: .held(subject.sealedKey))
        let grant = TokenExchangeGrant(
            subject: ExchangedToken(subject.value, type: TokenExchangeGrant.accessTokenType),
            requestedTokenType: TokenExchangeGrant.accessTokenType, scope: narrowing.words,
            resource: profile.resources)
        let request = RenewalRequest(client: client, kind: .exchange(grant))
        let response: TokenResponse
        do throws(OAuthError) { response = try await request.send(at: time.now) } catch {
            return .failure(error)
        }
        do throws(OAuthError) { try grant.check(response) } catch {
            throw BrokerError(
                .serverRefused,
                "the server exchanged the token for something that is no access token")
        }
        return .success(response.tokenWithKey)
    }

    /// Seconds of age below which a token is not renewed because somebody does not like it.
    private static let youngest: Int64 = 5
}

extension OAuthError {
    /// Whether it may be about the token that was given (RFC 8693, section 2.2.2).
    fileprivate var doubtsSubject: Bool {
        code == .grantEnded || ["invalid_request", "invalid_token"].contains(serverCode)
    }
}
