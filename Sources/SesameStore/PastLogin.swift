package import SesameSystem

/// How an earlier login of a profile went: what can be learned from it about the next one.
package struct PastLogin: Sendable, Equatable {
    package let loggedInAt: Timestamp
    /// When it was last seen to work.
    package let aliveAt: Timestamp
    /// When the server was first seen to refuse it.
    package let endedAt: Timestamp

    package init(loggedInAt: Timestamp, aliveAt: Timestamp, endedAt: Timestamp) {
        self.loggedInAt = loggedInAt
        self.aliveAt = aliveAt
        self.endedAt = endedAt
    }
}

extension Credential {
    /// What a new login of the profile remembers of this one and those before it.
    ///
    /// Only an end that the server brought about teaches anything; one that a lost answer did says nothing of
    /// how long logins live.
    package var history: [PastLogin] {
        guard let ended, ended.serverCode == "invalid_grant", !ended.answerWasLost else {
            return pastLogins
        }
        let last = PastLogin(
            loggedInAt: loggedInAt, aliveAt: aliveAt, endedAt: ended.at)
        return (pastLogins + [last]).suffix(Self.mostPastLogins)
    }

    private static let mostPastLogins = 8
}
