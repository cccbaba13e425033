import SesameStore
package import SesameSystem

/// What is known of a profile's login and its future.
///
/// No secret is in it.
package struct Outlook: Sendable {
    /// What is to be done about it.
    package enum Care: Sendable, Equatable {
        /// It can be renewed without a person.
        case renewable
        /// It was there, and a person must log in again; why, in words.
        case loginRequired(String)
        /// Nothing: it was never used, it is not set up, or it needs no renewal.
        case none
    }

    package let profile: String
    package var care = Care.none
    /// Whether it shall be renewed before its token expires, or kept alive only, or left alone.
    package var wish = Wish.ahead
    package var accessReceivedAt: Timestamp?
    package var accessExpiresAt: Timestamp?
    /// When the login was last proven to work.
    package var aliveAt: Timestamp?
    /// Whether it lives by being renewed; a client's own credentials do not.
    package var hasRefreshToken = false
    package var forecast: LoginForecast?
    /// When a caller last asked for a token, since this broker began.
    package var askedAt: Timestamp?
    /// Whether a token of it stands in a file, and so must always be a good one.
    package var isFiled = false
    /// Whether there is a login, be it over or not.
    var hasLogin = false
    var revision: Revision?

    package init(profile: String) {
        self.profile = profile
    }

    /// The words of the setting `renew`.
    package enum Wish: String, Sendable, CaseIterable {
        case ahead
        case keepAlive = "keep_alive"
        case onUse = "on_use"
    }
}

extension Broker {
    /// What is known of a profile; nothing is renewed for it.
    package func outlook(of name: String) async throws(BrokerError) -> Outlook {
        let profile = try parts.configuration.profile(name)
        var outlook = Outlook(profile: name)
        outlook.isFiled = try !parts.configuration.contents().files[name].isEmpty
        outlook.askedAt = asked.withLock { $0[name] }
        outlook.wish = profile.settings["renew"].flatMap { Outlook.Wish(rawValue: $0) } ?? .ahead
        guard profile.defect == nil, profile.grant != .basic else { return outlook }
        let held = try await look(profile)
        outlook.revision = held.revision
        guard let credential = held.credential else { return outlook }
        outlook.hasLogin = true
        outlook.accessReceivedAt = credential.accessReceivedAt
        // Where the server does not say, a token in a file must be taken for one that expires all the same.
        outlook.accessExpiresAt =
            credential.accessExpiresAt ?? (outlook.isFiled ? credential.presumedExpiry : nil)
        outlook.aliveAt = credential.aliveAt
        // Whoever has it now, another host may have it too: nothing is foreseen for it here.
        outlook.forecast = credential.restoredFrom == nil ? credential.forecast : nil
        outlook.hasRefreshToken = credential.refreshToken != nil
        if let ended = credential.ended {
            outlook.care = .loginRequired(ended.reason)
        } else if credential.restoredFrom == nil {
            let isRenewable = outlook.hasRefreshToken || profile.grant.needsNoPerson
            outlook.care = isRenewable ? .renewable : .none
        }
        return outlook
    }

    /// Renews a profile's token before anybody asks, unless somebody has since the look.
    package func renewAhead(_ outlook: Outlook) async throws(BrokerError) {
        let profile = try usableProfile(outlook.profile)
        let held = try await look(profile)
        guard held.revision == outlook.revision else { return }
        var query = TokenQuery(profile: profile.name)
        query.forcesRenewal = true
        _ = try await renewal(of: profile, seen: held.revision, query)
    }

    /// Notes that somebody wants tokens of a profile, and tells when nobody has for long.
    nonisolated func noteUse(of name: String) {
        let now = time.now
        let before = asked.withLock { $0.updateValue(now, forKey: name) }
        if before.map({ $0.seconds(until: now) > RenewalPlan.usePeriod / 2 }) ?? true {
            parts.notify(.used(name))
        }
    }
}
