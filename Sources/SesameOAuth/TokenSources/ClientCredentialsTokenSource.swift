public import SesameSystem

/// Access tokens by client credentials (RFC 6749, section 4.4), held while they last.
///
/// A refresh token in the answer is not used: asking again is as good (section 4.4.3).
public struct ClientCredentialsTokenSource: TokenSource {
    private let source: ReusingTokenSource

    /// Makes a source.
    public init(
        client: OAuthClient, scope: String? = nil, resource: [String] = [],
        time: any TimeSource = SystemTime()
    ) {
        let grant = ClientCredentialsGrant(scope: scope, resource: resource)
        source = ReusingTokenSource(Request(client: client, grant: grant, time: time), time: time)
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

private struct Request: TokenSource {
    let client: OAuthClient
    let grant: ClientCredentialsGrant
    let time: any TimeSource

    func token(minimumValidity: Int64) async throws(OAuthError) -> AccessToken {
        try await client.redeem(grant, at: time.now).accessToken
    }

    func renewed(after rejected: AccessToken) async throws(OAuthError) -> AccessToken {
        try await token()
    }
}
