/// When a device asks for its tokens, and what each answer means for that (RFC 8628, section 3.5).
///
/// It has no clock. Times are handed in as time since boot, because the wall clock may be set while
/// somebody looks for a browser.
public struct DevicePolling: Sendable {
    /// What lies between two polls, as the server wants it.
    public private(set) var interval: Duration
    /// When polling is given up.
    public let end: Duration
    let grant: DeviceCodeGrant
    /// Polls in a row that got no answer.
    private var failures = 0
    /// Why the last of them got none.
    private var lastFailure: OAuthError?

    /// Begins.
    /// - Parameters:
    ///   - uptime: when the device authorization was asked for.
    ///   - patience: the longest to go on; `nil` for as long as the codes live.
    public init(
        _ authorization: DeviceAuthorizationResponse, askedAt uptime: Duration,
        patience: Duration? = nil
    ) {
        grant = authorization.grant
        interval = .seconds(authorization.interval)
        let lifetime = Duration.seconds(authorization.expiresIn)
        end = uptime + min(lifetime, patience ?? lifetime)
    }

    /// How long to wait before the next poll, counted from the last answer; `nil` at the end.
    ///
    /// It reaches to the end where the next poll would lie behind it.
    public func pause(at uptime: Duration) -> Duration? {
        guard uptime < end else { return nil }
        // A connection that times out is backed off from, twice as long each time.
        let backedOff = min(interval * (1 << min(failures, 8)), longestPause)
        return min(max(interval, backedOff), end - uptime)
    }

    /// Takes in why a poll brought no tokens.
    /// - Returns: why polling is over, or `nil` where the server is to be asked again.
    public mutating func end(by error: OAuthError) -> OAuthError? {
        switch error.serverCode {
        case "authorization_pending": (failures, lastFailure) = (0, nil)
        case "slow_down":
            (failures, lastFailure) = (0, nil)
            interval += .seconds(5)
        case "access_denied":
            return OAuthError(
                .authorizationDenied, "the request was denied", serverCode: error.serverCode,
                serverDescription: error.serverDescription, status: error.status,
                mayHaveBeenSent: true)
        case "expired_token":
            return expired(error)
        case nil where isPassing(error):
            failures += 1
            lastFailure = error
        default: return error
        }
        return nil
    }

    /// Why polling is over when nobody has decided, by the server's word or by our own clock.
    ///
    /// Where the server could not be asked in the end, that is what is told: the person may have agreed.
    func expired(_ error: OAuthError? = nil) -> OAuthError {
        if error == nil, let lastFailure { return lastFailure }
        return OAuthError(
            .grantEnded, "nobody has entered the code and agreed in time",
            serverCode: error?.serverCode, status: error?.status, mayHaveBeenSent: true)
    }
}

/// Whether nobody has judged the request: no answer, a server in trouble, the page of a captive portal.
///
/// A refusal without a code is one all the same, and `server_error` is a code that ends polling.
private func isPassing(_ error: OAuthError) -> Bool {
    guard error.code == .temporary else { return false }
    guard let status = error.status else { return true }
    return status < 400 || status >= 500 || status == 408 || status == 429
}

private let longestPause = Duration.seconds(300)
