import SesameStore
import SesameSystem

// What the server gave at a registration may end (RFC 7591, section 3.2.1).
extension Profile {
    /// Refuses to use a client secret that has ended.
    func requireLivingRegistration(
        in secrets: ClientSecrets?, at now: Timestamp
    ) throws(BrokerError) {
        guard let end = secretEnd(in: secrets), end <= now else { return }
        throw BrokerError(
            .configuration,
            "the client secret that the server gave profile \(name) ended at \(end)",
            hints: [hintToRegister])
    }

    /// What to tell somebody who asks how a profile stands, two weeks before its client secret ends.
    func registrationWarning(in secrets: ClientSecrets?, at now: Timestamp) -> String? {
        guard let end = secretEnd(in: secrets), now.seconds(until: end) < Self.notice else {
            return nil
        }
        return "the client secret that the server gave ends at \(end): \(hintToRegister)"
    }

    private static let notice: Int64 = 14 * 86_400

    private var hintToRegister: String {
        "have the client registered anew: sesame setup \(name) --register"
    }

    private func secretEnd(in secrets: ClientSecrets?) -> Timestamp? {
        guard let secrets, secrets.registration?.clientID == clientID,
            settings["client_auth"] != "none"
        else { return nil }
        // One that was given by hand may have no end, or another.
        return secrets.lastClientSecretEnd
    }
}
