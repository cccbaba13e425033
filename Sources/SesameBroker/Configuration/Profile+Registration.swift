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

    /// What to do about a client secret that the server gave, and that has ended.
    func endedRegistration(in secrets: ClientSecrets?, at now: Timestamp) -> String? {
        guard let end = secretEnd(in: secrets), end <= now else { return nil }
        return "the client secret that the server gave ended at \(end): \(hintToRegister)"
    }

    /// What to do about one that will end.
    func endingRegistration(in secrets: ClientSecrets?, at now: Timestamp) -> String? {
        guard let end = secretEnd(in: secrets), end > now else { return nil }
        return "the client secret that the server gave ends at \(end): \(hintToRegister)"
    }

    /// What the server has been told of the client no longer holds after some changes.
    func staleRegistration(
        in secrets: ClientSecrets?, after changes: [String: [String]]
    ) -> [String] {
        guard secrets?.registration?.clientID == clientID else { return [] }
        let told = Self.keyFileSettings + ["client_key_id", "dpop", "par", "jar"]
        guard told.contains(where: { changes[$0] != nil }) else { return [] }
        return ["the server knows the client as it was registered: \(hintToRegister)"]
    }

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
