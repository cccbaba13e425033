import SesameHTTP
import SesameSystem

/// Decides whether a request to Mautic is sent again, and after which pause.
///
/// Two creates of one new email *at the same time* leave two contacts, which a person then has to
/// merge; one after the other they are safe, since the second one updates. So nothing is ever sent
/// twice in parallel, and after an answer that was lost, or a gateway that gave up, the pause is
/// long enough for the server to end the first.
struct RetryRules {
    private static let maximumAttempts = 4
    private static let maximumWait = Duration.seconds(60)
    private static let pauseAfterLostAnswer = Duration.seconds(5)

    private var attempts = 0
    private var waited = Duration.zero
    private var hasCrashed = false
    private var hasLostAnswer = false

    /// The pause before the next attempt; `nil` when this outcome is final.
    mutating func pause(
        after outcome: Result<HTTPResponse, TransportError>, now: Timestamp
    ) -> Duration? {
        attempts += 1
        guard attempts < Self.maximumAttempts else { return nil }
        let wanted: Duration? =
            switch outcome {
            case .success(let response): pause(after: response, now: now)
            case .failure(let error): pause(after: error)
            }
        guard let wanted, waited + wanted <= Self.maximumWait else { return nil }
        waited += wanted
        return wanted
    }

    private mutating func pause(after response: HTTPResponse, now: Timestamp) -> Duration? {
        switch response.status {
        case 429: waitingTime(of: response, now: now) ?? backoff
        case 502, 503: waitingTime(of: response, now: now) ?? backoff
        case 504: lostAnswer()
        case 500: crash()
        default: nil
        }
    }

    private mutating func pause(after error: TransportError) -> Duration? {
        switch error.code {
        case .cannotConnect, .timeout, .connectionLost:
            error.mayHaveBeenSent ? lostAnswer() : backoff
        default: nil
        }
    }

    private mutating func lostAnswer() -> Duration? {
        defer { hasLostAnswer = true }
        return hasLostAnswer ? nil : Self.pauseAfterLostAnswer
    }

    private mutating func crash() -> Duration? {
        defer { hasCrashed = true }
        return hasCrashed ? nil : .seconds(1)
    }

    /// 1, 2, 4 seconds.
    private var backoff: Duration { .seconds(1 << (attempts - 1)) }
}

/// How long the server asks to wait, at least a second; `nil` when it does not say.
private func waitingTime(of response: HTTPResponse, now: Timestamp) -> Duration? {
    limitEnd(of: response, now: now).map { .seconds(min(max(1, now.seconds(until: $0)), 86_400)) }
}

/// When the server will answer again, by its `X-RateLimit-Reset` or `Retry-After`.
func limitEnd(of response: HTTPResponse, now: Timestamp) -> Timestamp? {
    if let reset = response.fields["X-RateLimit-Reset"].flatMap({ Int64($0) }), reset >= 0 {
        // A unix time; a small number can only mean seconds from now.
        return reset < 1_000_000_000 ? now.adding(seconds: reset) : Timestamp(seconds: reset)
    }
    guard let delay = response.fields["Retry-After"].flatMap({ Int64($0) }), delay >= 0 else {
        return nil
    }
    return now.adding(seconds: delay)
}
