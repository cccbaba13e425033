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

    init(_ request: consuming AuthorizationRequest) {
        self.request = consume request
    }

    /// Judges a callback and keeps what it says, if it is ours.
    func judge(_ callback: ReceivedForm) -> CallbackVerdict {
        guard request?.recognises(callback) == true, let request = request.take() else {
            return .ignore
        }
        do throws(OAuthError) {
            grant = try request.grant(from: callback)
            return .accept(succeeded: true)
        } catch {
            refusal = error
            return .accept(succeeded: false)
        }
    }

    /// Redeems the code that the callback brought.
    ///
    /// It can be done once.
    func redeem(with client: OAuthClient, at now: Timestamp) async throws(OAuthError)
        -> TokenResponse
    {
        guard let grant = grant.take() else {
            throw refusal ?? OAuthError(.badCallback, "no callback has arrived")
        }
        return try await client.redeem(grant, at: now)
    }
}
