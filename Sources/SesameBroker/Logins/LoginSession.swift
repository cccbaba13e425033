package import SesameHTTP
import SesameOAuth
package import SesameSystem

/// A login under way, or one that ended a while ago.
struct LoginSession: Sendable {
    let id: String
    let profile: Profile
    let client: OAuthClient
    let attempt: LoginAttempt
    let redirectURI: HTTPURL
    let deadline: Duration
    var listening: Task<Void, Never>?
    var state = LoginReport.State.pending
    var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
}

/// What is told about a login.
package struct LoginReport: Sendable {
    package enum State: Sendable {
        case pending
        case done(scope: String?, expiresAt: Timestamp?)
        case failed(BrokerError)
    }

    package let id: String?
    package let profile: String
    package let state: State
}

/// How a login begins.
package struct LoginStart: Sendable {
    package let report: LoginReport
    /// `nil` for a grant that needs no person.
    package var authorizationURL: HTTPURL?
    package let redirectURI: HTTPURL?
    package let expiresAt: Timestamp
}

/// Where the callback is awaited.
package enum LoginMode: Sendable {
    /// By the loopback listener.
    case browser
    /// Only as a text that the person brings.
    case paste
}
