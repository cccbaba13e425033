import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem

// A secret belongs to whom it was given for: a profile that names another server does not take it
// there.
extension Profile {
    /// Who gets the client secret: the token endpoint or the issuer that leads to it, and each other
    /// endpoint that the client shows it to, if that is another host.
    var clientSecretOwner: String {
        let token = statedTokenEndpoint?.description ?? issuer ?? ""
        let others = [
            statedRevocationEndpoint, statedDeviceAuthorizationEndpoint,
            settings.url("pushed_authorization_request_endpoint"),
            settings.url("introspection_endpoint"),
        ].compactMap { $0?.origin }
        let strange = Set(others).subtracting([statedTokenEndpoint?.origin].compactMap(\.self))
        return ([token] + strange.sorted()).joined(separator: " ")
    }

    /// Who gets the password: the base URL, and every other host that signed requests may go to.
    var passwordOwner: String {
        let base = baseURL?.description ?? ""
        let others = Set(destinations.allowed.map { "\($0.origin)" }).subtracting(
            [baseURL?.origin].compactMap { $0.map { "\($0)" } })
        return ([base] + others.sorted()).joined(separator: " ")
    }

    /// Which client signs, or shows its certificate, with which key, and to whom; `nil` without a key.
    ///
    /// What is signed names one server, and whoever gets it first can use it there.
    var clientKeyOwner: String? { clientKeyOwner(for: clientID) }

    /// The same for a client of another name.
    func clientKeyOwner(for clientID: String) -> String? {
        var files = [(requestKeyFile ?? assertionKeyFile)?.path].compactMap(\.self)
        if let file = clientCertificateFiles?.key, !files.contains(file) { files.append(file) }
        files += tokenFiles.map(\.path)
        // The token of another profile is given away like a file's.
        if grant == .tokenExchange, let other = settings["subject_profile"] {
            files.append("subject_profile=\(other)")
        }
        guard !files.isEmpty else { return nil }
        return (files + [clientID, issuer ?? "", clientSecretOwner]).joined(separator: " ")
    }

    /// Refuses a key that was given for something else.
    func requireClientKey(in secrets: ClientSecrets?) throws(BrokerError) {
        guard let owner = clientKeyOwner else { return }
        try require(
            secrets?.clientKeyFor, owner, tokenFiles.isEmpty ? "the client key" : "the token file",
            namedKeyOption)
    }

    /// The client secret, if there is one.
    func clientSecret(in secrets: ClientSecrets?) throws(BrokerError) -> Secret? {
        guard let secret = secrets?.clientSecret else { return nil }
        try require(
            secrets?.clientSecretFor, clientSecretOwner, "the client secret",
            "--client-secret-stdin")
        return secret
    }

    /// All client secrets that may be good, in the order in which they are tried.
    func clientSecrets(
        in secrets: ClientSecrets?, at now: Timestamp
    ) throws(BrokerError) -> [Secret] {
        guard let secrets, try clientSecret(in: secrets) != nil else { return [] }
        return secrets.clientSecrets(at: now).map(\.secret)
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
                + " names \(expected.sanitised(limit: 200)): it is not used there unasked",
            hints: ["if that is right, give it again: sesame setup \(name) \(options)"])
    }
}
