/// Where access tokens come from: a held one, a refresh, a broker.
public protocol TokenSource: Sendable {
    /// An access token that is good for that many seconds more, as far as anybody can know.
    func token(minimumValidity: Int64) async throws(OAuthError) -> AccessToken

    /// Another token than the one that a resource server has just refused.
    func renewed(after rejected: AccessToken) async throws(OAuthError) -> AccessToken
}

extension TokenSource {
    /// An access token that is good for a minute more.
    public func token() async throws(OAuthError) -> AccessToken {
        try await token(minimumValidity: 60)
    }
}
