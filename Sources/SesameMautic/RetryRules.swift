import SesameHTTP
import SesameSystem

/// Decides whether a request to Mautic is sent again, and after which pause.
///
/// Two creates of one new email *at the same time* leave two contacts, which a person then has to
/// merge; one after the other they are safe, since the second one updates. So nothing is ever sent
/// twice in parallel, and after an answer that was lost, or a gateway that gave up, the pause is
/// long enough for the server to end the first.
struct RetryRules {
    /// How long somebody is ready to wait.
    struct Patience: Sendable {
        var attempts: Int
        /// All pauses together.
        var wait: Duration
        /// How often a request is sent again whose answer was lost.
        var lostAnswers = 1
        /// How often one is sent again at whose failure (500) Mautic had no words of its own; 0 where that is a failure
        /// like any other.
        var outages = 0

        /// Of a person who waits for one answer.
        static let person = Patience(attempts: 4, wait: .seconds(60))
        /// Of work that goes on by itself: a limit of requests an hour is waited for, and so is a restart.
        static let work = Patience(
            attempts: 12, wait: .seconds(2 * 3600), lostAnswers: 5, outages: 12)
        /// Of such work, for a request whose content may be to blame: something else is done then.
        static let workOnce = Patience(
            attempts: 12, wait: .seconds(2 * 3600), lostAnswers: 0, outages: 3)
    }

    private static let pauseAfterLostAnswer = Duration.seconds(5)

    private let patience: Patience
    private var attempts = 0
    private var waited = Duration.zero
    private var hasCrashed = false
    private var lostAnswers = 0
    private var outages = 0

    init(_ patience: Patience = .person) {
        self.patience = patience
    }

    /// The pause before the next attempt; `nil` when this outcome is final.
    mutating func pause(
        after outcome: Result<HTTPResponse, TransportError>, now: Timestamp
    ) -> Duration? {
        attempts += 1
        guard attempts < patience.attempts else { return nil }
        let wanted: Duration? =
            switch outcome {
            case .success(let response): pause(after: response, now: now)
            case .failure(let error): pause(after: error)
            }
        guard let wanted, waited + wanted <= patience.wait else { return nil }
        waited += wanted
        return wanted
    }

    private mutating func pause(after response: HTTPResponse, now: Timestamp) -> Duration? {
        switch response.status {
        case 429: waitingTime(of: response, now: now) ?? backoff
        case 521, 523: backoff
        // Most say 503 at once, but a few gateways say it of a server that is at work, even with a time.
        case 502, 503:
            patience.lostAnswers > 0 ? waitingTime(of: response, now: now) ?? backoff : nil
        case let status where isLostAnswer(status): lostAnswer()
        // The page that Mautic shows while its database is down is an outage as a rule, and no crash over this request.
        case 500 where patience.outages > 0 && ErrorBody(response).dialect == .foreign: outage()
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
        lostAnswers += 1
        return lostAnswers > patience.lostAnswers ? nil : Self.pauseAfterLostAnswer
    }

    private mutating func outage() -> Duration? {
        outages += 1
        return outages > patience.outages ? nil : backoff
    }

    private mutating func crash() -> Duration? {
        defer { hasCrashed = true }
        return hasCrashed ? nil : .seconds(1)
    }

    /// 1, 2, 4 seconds, up to a minute.
    private var backoff: Duration { .seconds(min(60, 1 << min(attempts - 1, 6))) }
}

/// Whether a gateway has given up on a server that may still be at work; 520 and above are Cloudflare's.
func isLostAnswer(_ status: Int) -> Bool { [502, 504, 520, 522, 524].contains(status) }

/// How long the server asks to wait; `nil` when it does not say, or names a time that is over.
///
/// Its time is compared with its own clock, where it tells that: ours may be another.
private func waitingTime(of response: HTTPResponse, now: Timestamp) -> Duration? {
    let clock = response.fields["Date"].flatMap { Timestamp(httpDate: $0) } ?? now
    return limitEnd(of: response, now: clock).map {
        .seconds(min(clock.seconds(until: $0), 86_400))
    }
}

/// When the server will answer again, by its `X-RateLimit-Reset` or `Retry-After`; `nil` where it names no time to come.
func limitEnd(of response: HTTPResponse, now: Timestamp) -> Timestamp? {
    saidEnd(of: response, now: now).flatMap { now < $0 ? $0 : nil }
}

private func saidEnd(of response: HTTPResponse, now: Timestamp) -> Timestamp? {
    if let reset = response.fields["X-RateLimit-Reset"].flatMap({ Int64($0) }), reset >= 0 {
        // A unix time; a small number can only mean seconds from now.
        return reset < 1_000_000_000 ? now.adding(seconds: reset) : Timestamp(seconds: reset)
    }
    // Seconds, or a date (RFC 9110, section 10.2.3).
    guard let after = response.fields["Retry-After"] else { return nil }
    guard let delay = Int64(after) else { return Timestamp(httpDate: after) }
    return delay >= 0 ? now.adding(seconds: delay) : nil
}
