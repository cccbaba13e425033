package import SesameSystem

/// When a login is to be renewed by itself: a pure function of what is known.
///
/// Chance spreads renewals: logins that came at one moment are not renewed at one moment.
package enum RenewalPlan {
    /// Seconds after which a profile that nobody has asked for counts as idle: its token is not renewed any more, its
    /// login is kept alive.
    package static let usePeriod: Int64 = 86_400

    /// The time of the next renewal; `nil` where none is planned.
    /// - Parameter chance: from 0 to below 1, and the same for the same credential.
    package static func next(
        for outlook: Outlook, at now: Timestamp, chance: Double
    ) -> Timestamp? {
        guard outlook.care == .renewable else { return nil }
        let filed = outlook.isFiled ? beforeExpiry(outlook, chance, isFiled: true) : nil
        guard outlook.wish != .onUse else { return filed }
        // The clock was ahead when it came: its age is unknown, and may be anything.
        if outlook.hasRefreshToken, let alive = outlook.aliveAt,
            alive > now.adding(seconds: clockTolerance)
        {
            return now
        }
        let idle = keepAlive(outlook, chance)
        let isUsed = outlook.askedAt.map { $0.seconds(until: now) < usePeriod } ?? false
        let ahead = outlook.wish == .ahead && isUsed ? beforeExpiry(outlook, chance) : nil
        return [filed, ahead, idle].compactMap(\.self).min()
    }

    /// Between 60 and 90 hundredths of the token's life, and early enough for callers who want a minute of it.
    /// - Parameter isFiled: whether it stands in a file, so that nobody asks for another one: then a short life is no
    ///   reason to wait for that, and half of it is the time.
    private static func beforeExpiry(
        _ outlook: Outlook, _ chance: Double, isFiled: Bool = false
    ) -> Timestamp? {
        guard let received = outlook.accessReceivedAt, let expiry = outlook.accessExpiresAt else {
            return nil
        }
        let lifetime = received.seconds(until: expiry)
        if isFiled, (shortestFiledLifetime..<shortestLifetime).contains(lifetime) {
            return received.adding(seconds: lifetime / 2)
        }
        guard lifetime >= shortestLifetime else { return nil }
        let planned = received.adding(seconds: Int64(Double(lifetime) * (0.6 + 0.3 * chance)))
        return min(planned, expiry.adding(seconds: -callersMargin))
    }

    /// Between 50 and 70 hundredths of what is left of a login when it was last renewed; once a day where nothing
    /// is known.
    private static func keepAlive(_ outlook: Outlook, _ chance: Double) -> Timestamp? {
        guard outlook.hasRefreshToken, let alive = outlook.aliveAt else { return nil }
        let known = outlook.forecast.map { alive.seconds(until: $0.endsAt) }
        let pause =
            known.map { Double(max(0, $0)) * (0.5 + 0.2 * chance) }
            ?? Double(usePeriod) * (0.75 + 0.25 * chance)
        return alive.adding(seconds: max(shortestPause, Int64(pause)))
    }

    /// Clocks are corrected by a moment all the time.
    private static let clockTolerance: Int64 = 60
    /// A token that lives for less is renewed when it is asked for.
    private static let shortestLifetime: Int64 = 240
    /// One that lives for less cannot be kept fresh in a file.
    private static let shortestFiledLifetime: Int64 = 4
    /// Seconds before the end after which callers would have to wait for a renewal, and some to spare.
    private static let callersMargin: Int64 = 90
    /// However short a login lives, it is not renewed without end.
    private static let shortestPause: Int64 = 60
}

/// How long to wait after a renewal that failed.
package struct Backoff: Sendable, Equatable {
    private var failures = 0
    private var mostBefore: Int64 = 0

    package init() {}

    /// Seconds until the next attempt; `nil` where trying again helps nobody.
    /// - Parameter chance: from 0 to below 1.
    package mutating func pause(after error: BrokerError, chance: Double) -> Int64? {
        let (first, most): (Int64, Int64) =
            switch error.code {
            case .loginRequired, .unknownProfile, .usage: (0, 0)
            // The network, a server in trouble, a disk that is full: soon, then less and less often.
            case .temporary, .storeUnwritable, .internal: (30, 900)
            // What a person has to mend.
            default: (900, 6 * 3600)
            }
        guard most > 0 else { return nil }
        // Another kind of trouble begins anew.
        if most != mostBefore { failures = 0 }
        mostBefore = most
        let doubled = failures < 20 ? first << Int64(failures) : most
        failures += 1
        let pause = max(min(doubled, most), error.retryAfter ?? 0)
        return pause + Int64(Double(pause) * 0.25 * chance)
    }
}
