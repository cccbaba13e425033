package import SesameHTTP
package import SesameOAuth
package import SesameSystem

/// A login under way, or one that ended a while ago.
struct LoginSession: Sendable {
    let id: String
    let profile: Profile
    let client: OAuthClient
    /// The callback that is awaited; `nil` where the server is polled instead.
    var callback: ExpectedCallback?
    let deadline: Duration
    /// What waits for the person's answer, and then redeems it.
    var waiting: Task<Void, Never>?
    var state = LoginReport.State.pending
    /// What a person should know of a login that succeeded.
    var note: String?
    var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
}

/// The way back of a login through the browser.
struct ExpectedCallback: Sendable {
    let attempt: LoginAttempt
    let redirectURI: HTTPURL
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
    /// What the person should know besides, where there is something.
    package var note: String?
}

/// How a login begins.
package struct LoginStart: Sendable {
    package let report: LoginReport
    /// What the person needs; `nil` for a grant that needs no person.
    package var way: LoginWay?
    package let expiresAt: Timestamp
}

/// What a person needs to agree.
package enum LoginWay: Sendable {
    /// A browser that opens the URL, and is sent back to the redirect URI.
    case browser(HTTPURL, redirectURI: HTTPURL)
    /// Any browser, and the code that the server's own page asks for.
    case device(DeviceAuthorizationResponse)
}

/// Where the person's answer is awaited.
package enum LoginMode: Sendable {
    /// By the loopback listener.
    case browser
    /// Only as a text that the person brings.
    case paste
    /// At the server, which gives a code for it.
    case device
    /// As ``device`` where the server offers that, else as ``browser``: the person's browser is most likely
    /// on another machine.
    case elsewhere
}
