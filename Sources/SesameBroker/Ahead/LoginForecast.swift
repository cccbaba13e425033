import SesameStore
package import SesameSystem

/// When a login will end, and how that is known.
package struct LoginForecast: Sendable, Equatable {
    /// Where the knowledge comes from.
    package enum Source: String, Sendable {
        /// The server has said it with the tokens.
        case server
        /// It is the usual lifetime at this kind of server.
        case preset
        /// Earlier logins of this profile have ended at this age.
        case learned
    }

    package let endsAt: Timestamp
    package let source: Source
    /// Seconds that such a login lives in all, from its beginning or its last renewal.
    package let lifetime: Int64

    package init(endsAt: Timestamp, source: Source, lifetime: Int64) {
        self.endsAt = endsAt
        self.source = source
        self.lifetime = lifetime
    }

    /// How long before the end a person is warned: as wished, but not during the greater part of a short life.
    ///
    /// A login that renewals keep alive is renewed at 70 hundredths of it, and never gets there.
    package func warningTime(_ wished: Int64) -> Int64 { min(wished, lifetime / 4) }
}

extension Credential {
    /// The end that comes first, of those that are known; `nil` where nothing is, or it has come.
    package var forecast: LoginForecast? {
        guard refreshToken != nil, ended == nil else { return nil }
        return [stated, learned].compactMap(\.self).min { $0.endsAt < $1.endsAt }
    }

    private var stated: LoginForecast? {
        guard let loginExpiresAt else { return nil }
        return LoginForecast(
            endsAt: loginExpiresAt, source: isLoginExpiryPreset ? .preset : .server,
            lifetime: max(1, aliveAt.seconds(until: loginExpiresAt)))
    }

    /// Two earlier logins that ended at the same age tell of a limit that the server never mentions.
    ///
    /// Each of them has lived longer than its last renewal, and not as long as until its end was noticed. What
    /// fits them all, closely, is the limit; a login that has outlived it refutes it.
    private var learned: LoginForecast? {
        guard pastLogins.count >= 2 else { return nil }
        let atLeast = pastLogins.map(\.provenAge).max() ?? 0
        let atMost = pastLogins.map(\.greatestAge).min() ?? 0
        let age = loggedInAt.seconds(until: aliveAt)
        guard atLeast < atMost, atMost - atLeast <= atMost / 5, age < atMost else { return nil }
        return LoginForecast(
            endsAt: loggedInAt.adding(seconds: atMost), source: .learned, lifetime: atMost)
    }
}

extension PastLogin {
    fileprivate var provenAge: Int64 { loggedInAt.seconds(until: aliveAt) }
    fileprivate var greatestAge: Int64 { loggedInAt.seconds(until: endedAt) }
}
