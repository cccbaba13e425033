import SesameHTTP
import SesameOAuth
import SesameSecrets
package import SesameStore

/// What making or changing a profile did.
package struct SetupReport: Sendable {
    package let profile: Profile
    package let wasCreated: Bool
    /// The redirect URI to register, for a grant that has one.
    package let redirectURI: String?
    /// What looked wrong.
    ///
    /// The profile is kept all the same.
    package let warnings: [String]
    /// What to do at the provider.
    package let instructions: [String]
    /// Whether nothing more is needed before the first token.
    package let isReady: Bool
}

extension Broker {
    /// Makes or changes a profile: checked whole, then the secrets, then the configuration.
    ///
    /// A server that is down or looks wrong is a warning.
    package func setUp(
        _ name: String, changes: [String: [String]], secrets given: ClientSecrets
    ) async throws(BrokerError) -> SetupReport {
        let isNew = try parts.configuration.contents().profiles.allSatisfy { $0.name != name }
        let profile = try parts.configuration.preview(changes, of: name)
        if let defect = profile.defect { throw defect }
        try profile.checkCertificateAuthorityFile()
        try await merge(given, into: name)
        try parts.configuration.apply(changes, to: name)
        let secrets = try await fromStore { store throws(StoreError) in
            try await store.secrets(of: name)
        }
        let warnings = missing(profile, secrets) + (await probe(profile))
        let redirect = profile.grant == .authorizationCode ? profile.registeredRedirectURI : nil
        return SetupReport(
            profile: profile, wasCreated: isNew, redirectURI: redirect, warnings: warnings,
            instructions: profile.instructions, isReady: try await status(name).state == .ready)
    }

    /// What is not given stays as it is.
    private func merge(_ given: ClientSecrets, into name: String) async throws(BrokerError) {
        try await fromStore { store throws(StoreError) in
            guard given.clientSecret != nil || given.username != nil || given.password != nil else {
                return
            }
            try await store.changeSecrets(of: name) { stored in
                ClientSecrets(
                    clientSecret: given.clientSecret ?? stored?.clientSecret,
                    username: given.username ?? stored?.username,
                    password: given.password ?? stored?.password)
            }
        }
    }

    private func missing(_ profile: Profile, _ secrets: ClientSecrets?) -> [String] {
        switch profile.grant {
        case .basic where secrets?.username == nil || secrets?.password == nil:
            [
                "no user name and password yet: sesame setup \(profile.name) --username U --password-stdin"
            ]
        case .clientCredentials where secrets?.clientSecret == nil,
            .authorizationCode
        where secrets?.clientSecret == nil && profile.provider.clientAuthentication != nil:
            ["no client secret yet: sesame setup \(profile.name) --client-secret-stdin"]
        default: []
        }
    }

    /// What the server says to a stranger, in words; empty when all looks well.
    private func probe(_ profile: Profile) async -> [String] {
        if profile.provider.probePath == nil {
            guard profile.grant != .basic else { return [] }
            do throws(BrokerError) {
                _ = try await server(of: profile)
                return []
            } catch {
                return ["the server could not be checked: \(error.message)"]
            }
        }
        guard let url = profile.provider.probePath.flatMap({ profile.baseURL?.appending(path: $0) })
        else { return [] }
        var request = HTTPRequest("GET", url)
        request.timeout = 10
        request.certificateAuthorityFile = profile.certificateAuthorityFile
        do throws(TransportError) {
            return profile.judge(try await parts.transport.send(request))
        } catch {
            return ["\(url.authority) could not be reached: \(error.message)"]
        }
    }
}

extension Profile {
    var instructions: [String] {
        (provider.instructions[grant] ?? []).map { line in
            line.split(separator: "%REDIRECT%", omittingEmptySubsequences: false).joined(
                separator: registeredRedirectURI)
        }
    }

    /// A stranger should be told 401 in JSON: anything else hints at what is set wrong.
    fileprivate func judge(_ response: HTTPResponse) -> [String] {
        let isJSON = response.mediaType == "application/json"
        switch response.status {
        case 401: return []
        case 403 where isJSON:
            return ["the API is switched off at the server: see the instructions"]
        case 404:
            return [
                "there is no API at \(baseURL?.description ?? ""): check base_url, and that the API is enabled"
            ]
        case 300..<400:
            let target = (response.fields["Location"] ?? "elsewhere").sanitised(limit: 120)
            return ["the server redirects to \(target): check base_url (https, host, sub-path)"]
        case 500...: return ["the server answers \(response.status): it may be down"]
        default:
            return ["the server answers \(response.status) where 401 was expected: check base_url"]
        }
    }
}
