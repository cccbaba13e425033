import SesameHTTP
import SesameSecrets
import SesameStore

// A secret belongs to whom it was given for: a profile that names another server does not take it
// there.
extension Profile {
    /// Who gets the client secret: the token endpoint or the issuer that leads to it, and where tokens
    /// are revoked, if that is another host.
    var clientSecretOwner: String {
        let token = statedTokenEndpoint?.description ?? issuer ?? ""
        guard let revocation = statedRevocationEndpoint,
            revocation.origin != statedTokenEndpoint?.origin
        else { return token }
        return "\(token) \(revocation.origin)"
    }

    /// Who gets the password: the base URL, and every other host that signed requests may go to.
    var passwordOwner: String {
        let base = baseURL?.description ?? ""
        let others = Set(destinations.allowed.map { "\($0.origin)" }).subtracting(
            [baseURL?.origin].compactMap { $0.map { "\($0)" } })
        return ([base] + others.sorted()).joined(separator: " ")
    }

    /// The client secret, if there is one.
    func clientSecret(in secrets: ClientSecrets?) throws(BrokerError) -> Secret? {
        guard let secret = secrets?.clientSecret else { return nil }
        try require(
            secrets?.clientSecretFor, clientSecretOwner, "the client secret",
            "--client-secret-stdin")
        return secret
    }

    /// User name and password, if there are both.
    func login(
        in secrets: ClientSecrets?
    ) throws(BrokerError) -> (username: Secret, password: Secret)? {
        guard let username = secrets?.username, let password = secrets?.password else {
            return nil
        }
        try require(
            secrets?.passwordFor, passwordOwner, "the password", "--username U --password-stdin")
        return (username, password)
    }

    private func require(
        _ owner: String?, _ expected: String, _ what: String, _ options: String
    ) throws(BrokerError) {
        guard let owner, owner != expected else { return }
        throw BrokerError(
            .configuration,
            "\(what) of profile \(name) was given for \(owner.sanitised(limit: 200)), and the profile now"
                + " names \(expected.sanitised(limit: 200)): it is not sent there unasked",
            hints: ["if that is right, give it again: sesame setup \(name) \(options)"])
    }
}
