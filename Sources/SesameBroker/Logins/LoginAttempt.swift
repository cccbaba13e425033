import SesameHTTP
import SesameLogin
import SesameOAuth
import SesameSystem

/// One authorization request, waiting for the one callback that is its own.
///
/// The request is consumed by the first callback that carries its `state`; every other callback
/// leaves it as it was, so a forged one never ends a login.
actor LoginAttempt {
    private var request: AuthorizationRequest?
    private var grant: AuthorizationCodeGrant?
    private var refusal: OAuthError?
    private let client: OAuthClient
    private let keys: IssuerKeys
    private let time: any TimeSource

    /// - Parameter keys: what signed responses and ID tokens are checked with.
    init(
        _ request: consuming AuthorizationRequest, of client: OAuthClient, keys: IssuerKeys,
        time: any TimeSource
    ) {
        self.request = consume request
        self.client = client
        self.keys = keys
        self.time = time
    }

    /// Judges a callback and keeps what it says, if it is ours.
    ///
    /// Nothing in a signed response is used before its signature is known to be right.
    func judge(_ callback: ReceivedForm) async -> CallbackVerdict {
        guard request?.recognises(callback) == true, let request = request.take() else {
            return .ignore
        }
        do throws(OAuthError) {
            let isSigned = request.responseMode.isSigned
            grant = try request.grant(
                from: isSigned
                    ? try await client.parameters(ofSigned: callback, keys: keys, at: time.now)
                    : callback)
            return .accept(succeeded: true)
        } catch {
            refusal = error
            return .accept(succeeded: false)
        }
    }

    /// What a login gave.
    struct Gain: Sendable {
        let response: TokenResponse
        /// Who has logged in, where an ID token said so.
        let identity: Identity?
    }

    /// Redeems the code that the callback brought.
    ///
    /// It can be done once.
    /// - Parameter audiences: for whom an ID token may be besides the client.
    func redeem(trusting audiences: Set<String>) async throws(OAuthError) -> Gain {
        guard let grant = grant.take() else {
            throw refusal ?? OAuthError(.badCallback, "no callback has arrived")
        }
        guard var expected = grant.idToken, client.server.namesItsKeys
        else { return Gain(response: try await client.redeem(grant, at: time.now), identity: nil) }
        expected.trustedAudiences = audiences
        // A code is good for one use: not without the keys that its ID token is checked with.
        try await keys.prepare(for: client)
        let response = try await client.redeem(grant, at: time.now)
        let identity = try await client.identity(
            in: response, expecting: expected, keys: keys, at: time.now)
        return Gain(response: response, identity: identity)
    }
}
