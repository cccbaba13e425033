public import SesameSecrets
public import SesameSystem

/// Access tokens by a refresh token (RFC 6749, section 6), held while they last.
///
/// Refresh tokens may be single use: the new one is saved before anybody sees the new access token,
/// and the old one is never sent again once an answer has replaced it. Where an answer has nothing
/// else that can be used, the new one is in ``OAuthError/rotatedRefreshToken``.
public struct RefreshingTokenSource: TokenSource {
    private let source: ReusingTokenSource

    /// Makes a source.
    /// - Parameters:
    ///   - refreshToken: from a login, or as saved last.
    ///   - accessToken: the one that came with it, if it is at hand.
    ///   - save: makes the answer durable; its refresh token is never `nil`. When it throws, the
    ///     tokens are kept in memory, the callers get `notSaved`, and the next call saves again.
    public init(
        client: OAuthClient, refreshToken: Secret, accessToken: AccessToken? = nil,
        time: any TimeSource = SystemTime(),
        save: @escaping @Sendable (TokenResponse) async throws -> Void
    ) {
        let chain = RefreshChain(client: client, refreshToken: refreshToken, time: time, save: save)
        source = ReusingTokenSource(chain, holding: accessToken, time: time)
    }

    /// The held token or a new one.
    public func token(minimumValidity: Int64) async throws(OAuthError) -> AccessToken {
        try await source.token(minimumValidity: minimumValidity)
    }

    /// Another token than the rejected one.
    public func renewed(after rejected: AccessToken) async throws(OAuthError) -> AccessToken {
        try await source.renewed(after: rejected)
    }
}

/// The chain of refresh tokens.
///
/// Only one call is ever under way: ``ReusingTokenSource`` sees to that.
private actor RefreshChain: TokenSource {
    private let client: OAuthClient
    private let time: any TimeSource
    private let save: @Sendable (TokenResponse) async throws -> Void
    private var refreshToken: Secret
    private var unsaved: TokenResponse?
    private var end: OAuthError?

    init(
        client: OAuthClient, refreshToken: Secret, time: any TimeSource,
        save: @escaping @Sendable (TokenResponse) async throws -> Void
    ) {
        self.client = client
        self.refreshToken = refreshToken
        self.time = time
        self.save = save
    }

    func token(minimumValidity: Int64) async throws(OAuthError) -> AccessToken {
        if let unsaved {
            try await keep(unsaved)
            if unsaved.accessToken.isValid(at: time.now, for: minimumValidity) {
                return unsaved.accessToken
            }
        }
        return try await refresh()
    }

    func renewed(after rejected: AccessToken) async throws(OAuthError) -> AccessToken {
        try await token(minimumValidity: 0)
    }

    private func refresh() async throws(OAuthError) -> AccessToken {
        if let end { throw end }
        let grant = RefreshTokenGrant(
            refreshToken: refreshToken, tokenEndpoint: client.server.tokenEndpoint)
        do throws(OAuthError) {
            let answer = try await client.redeem(grant, at: time.now)
                .keeping(refreshToken: refreshToken)
            refreshToken = answer.refreshToken ?? refreshToken
            try await keep(answer)
            return answer.accessToken
        } catch {
            if error.code == .grantEnded { end = error }
            if let rotated = error.rotatedRefreshToken { refreshToken = rotated }
            throw error
        }
    }

    private func keep(_ answer: TokenResponse) async throws(OAuthError) {
        unsaved = answer
        do { try await save(answer) } catch {
            throw OAuthError(.notSaved, "the new tokens could not be saved", mayHaveBeenSent: true)
        }
        unsaved = nil
    }
}
