import SesameHTTP
import SesameOAuth
import SesameLogin

/// One authorization request, waiting for the one callback that is its own.
///
/// The request is consumed by the first callback that carries its `state`; every other callback
/// leaves it as it was, so a forged one never ends a login.
actor LoginAttempt {
    private var request: AuthorizationRequest?
    private var answer: Answer = .none

    private enum Answer: ~Copyable {
        case none
        case granted(AuthorizationCodeGrant)
        case refused(OAuthError)
    }

    init(_ request: consuming AuthorizationRequest) {
        self.request = consume request
    }

    /// Judges a callback and keeps what it says, if it is ours.
    func judge(_ callback: ReceivedForm) -> CallbackVerdict {
        guard request?.recognises(callback) == true, let request = request.take() else { return .ignore }
        do throws(OAuthError) {
            answer = .granted(try request.grant(from: callback))
            return .accept(succeeded: true)
        } catch {
            answer = .refused(error)
            return .accept(succeeded: false)
        }
    }

    /// Redeems the code that the callback brought. It can be done once.
    func redeem(with client: OAuthClient, at now: Timestamp) async throws(OAuthError) -> TokenResponse {
        let taken = consume answer
        answer = .none
        switch consume taken {
        case .granted(let grant): return try await client.redeem(grant, at: now)
        case .refused(let error): throw error
        case .none: throw OAuthError(.badCallback, "no callback has arrived")
        }
    }
}
