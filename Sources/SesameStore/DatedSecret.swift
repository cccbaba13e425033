package import SesameSecrets
package import SesameSystem

/// A client secret, and when its server stops to take it.
package struct DatedSecret: Sendable {
    package var secret: Secret
    /// `nil` for one without an end (`client_secret_expires_at` = 0 in RFC 7591, section 3.2.1).
    package var expiresAt: Timestamp?

    package init(_ secret: Secret, expiresAt: Timestamp? = nil) {
        self.secret = secret
        self.expiresAt = expiresAt
    }

    func isOver(at now: Timestamp) -> Bool { expiresAt.map { $0 <= now } ?? false }
}

/// A client may have more than one secret while one of them is replaced at its server.
extension ClientSecrets {
    /// The most that are kept: each may cost a request.
    package static let mostClientSecrets = 4

    /// All client secrets, the one that is tried first in front.
    package var clientSecrets: [DatedSecret] {
        get {
            let first = clientSecret.map { DatedSecret($0, expiresAt: clientSecretExpiresAt) }
            return [first].compactMap(\.self) + laterClientSecrets
        }
        set {
            clientSecret = newValue.first?.secret
            clientSecretExpiresAt = newValue.first?.expiresAt
            laterClientSecrets = Array(newValue.dropFirst())
        }
    }

    /// Those that may still be good, in the order in which they are tried.
    ///
    /// Where all are over they are tried all the same: the server knows better, and this clock may be wrong.
    package func clientSecrets(at now: Timestamp) -> [DatedSecret] {
        let good = clientSecrets.filter { !$0.isOver(at: now) }
        return good.isEmpty ? clientSecrets : good
    }

    /// Puts one behind those that are there; where it is one of them, it gets another end.
    package mutating func add(_ added: DatedSecret) {
        var all = clientSecrets
        if let place = all.firstIndex(where: { $0.secret.equals(added.secret) }) {
            all[place].expiresAt = added.expiresAt
        } else {
            // The newest is what the person has just got: the oldest of the others gives way.
            if all.count == Self.mostClientSecrets { all.remove(at: 1) }
            all.append(added)
        }
        clientSecrets = all
    }

    /// What is left once a secret has worked: that one first, and none that is over.
    package func preferring(_ secret: Secret, at now: Timestamp) -> ClientSecrets {
        var all = clientSecrets
        guard let place = all.firstIndex(where: { $0.secret.equals(secret) }) else { return self }
        let working = all.remove(at: place)
        var preferring = self
        preferring.clientSecrets = [working] + all.filter { !$0.isOver(at: now) }
        return preferring
    }

    /// When the last of them ends; `nil` where one has no end, or there is none.
    package var lastClientSecretEnd: Timestamp? {
        let ends = clientSecrets.map(\.expiresAt)
        guard !ends.contains(nil) else { return nil }
        return ends.compactMap(\.self).max()
    }
}
