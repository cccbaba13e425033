import SesameSecrets
import SesameSystem

/// A profile with everything that its provider's preset adds.
package struct Profile: Sendable {
    /// How tokens are obtained.
    package enum Grant: String, Sendable {
        case authorizationCode = "authorization_code"
        case clientCredentials = "client_credentials"
        case deviceCode = "device_code"
        case jwtBearer = "jwt_bearer"
        case tokenExchange = "token_exchange"
        case basic

        /// Whether tokens are had without a person, by repeating the grant.
        package var needsNoPerson: Bool {
            switch self {
            case .clientCredentials, .jwtBearer, .tokenExchange: true
            case .authorizationCode, .deviceCode, .basic: false
            }
        }
    }

    package let settings: ProfileSettings
    let provider: Provider
    /// The folder that a relative `ca_file` starts from, and the home of `~`.
    private let folders: ConfigurationFolders

    init(_ settings: ProfileSettings, folders: ConfigurationFolders) {
        self.settings = settings
        self.folders = folders
        provider = Provider.named(settings["provider"])
    }

    package var name: String { settings.name }
    package var grant: Grant {
        settings["grant"].flatMap { Grant(rawValue: $0) } ?? .authorizationCode
    }
    package var clientID: String { settings["client_id"] ?? "" }
    package var redirectURI: String {
        settings["redirect_uri"] ?? provider.redirectURI ?? Self.anyLoopbackPort
    }
    /// The redirect URI where nobody says otherwise.
    static let anyLoopbackPort = "http://127.0.0.1:0/callback"
    /// The redirect URI as it is registered: without a port where any is taken (RFC 8252, section 7.3).
    package var registeredRedirectURI: String { redirectURI.replacing(":0/", with: "/") }
    package var certificateAuthorityFile: String? {
        settings["ca_file"].map(resolve)
    }

    /// What stands before the token where a tool wants a user name and a password.
    package var credentialUsername: String { settings["credential_username"] ?? "oauth2" }

    /// The file that a path in the configuration names.
    func resolve(_ path: String) -> String { folders.resolve(path) }

    /// Refuses a `ca_file` that cannot be trusted, or is not there.
    func checkCertificateAuthorityFile() throws(BrokerError) {
        guard let file = certificateAuthorityFile,
            let reason = PrivateFile.objection(toSharedFileAt: file)
        else { return }
        throw BrokerError(.configuration, "ca_file \(file.sanitised()) \(reason)")
    }

    /// What its tokens are asked for (RFC 8707).
    var resources: [String] { settings.values["resource"] ?? [] }

    /// Refuses a resource that this profile's tokens are not for.
    func requireResource(_ resource: String?) throws(BrokerError) {
        guard let resource, !resource.isEmpty else { return }
        guard !resources.contains(resource) else { return }
        throw BrokerError(
            .usage, "profile \(name) gets no tokens for resource \(resource.sanitised())",
            hints: ["make a profile for it: sesame setup NAME --resource \(resource.sanitised())"])
    }

    /// What keeps this profile from being used at all, or `nil`.
    var defect: BrokerError? { missingKey.map(missing) ?? contradiction }

    private func missing(_ key: String) -> BrokerError {
        let form = provider.forms.first { $0.key == key }?.form
        let isEndpoint = key.hasSuffix("_endpoint")
        return BrokerError(
            .configuration, "profile \(name) has no `\(key)`",
            hints: [
                isEndpoint
                    ? "name it in the section [profile \(name)] of the configuration: \(key) = https://…"
                    : "set it: sesame setup \(name) --\(key.replacing("_", with: "-")) …"
            ] + (form.map { ["it has the form \($0.text)"] + $0.explanations } ?? []))
    }
}

/// The folders that paths in the configuration are relative to.
package struct ConfigurationFolders: Sendable {
    let home: String
    let configuration: String

    package init(home: String, configuration: String) {
        self.home = home
        self.configuration = configuration
    }

    func resolve(_ path: String) -> String {
        if path.hasPrefix("~/") { return home + path.dropFirst() }
        return path.hasPrefix("/") ? path : "\(configuration)/\(path)"
    }
}
