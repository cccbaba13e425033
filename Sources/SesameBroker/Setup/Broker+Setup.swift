import SesameHTTP
import SesameOAuth
import SesameSecrets
package import SesameStore
import SesameSystem

/// What making or changing a profile did.
package struct SetupReport: Sendable {
    package let profile: Profile
    package let wasCreated: Bool
    /// The redirect URI to register, for a grant that has one.
    package let redirectURI: String?
    /// What looked wrong.
    ///
    /// The profile is kept all the same.
    package var warnings: [String]
    /// What to do at the provider.
    package let instructions: [String]
    /// Whether nothing more is needed before the first token.
    package let isReady: Bool
}

extension Broker {
    /// Makes or changes a profile: checked whole, then the configuration, then the secrets.
    ///
    /// A server that is down or looks wrong is a warning.
    /// - Parameter wish: to have the client registered at the server, which gives it its id.
    package func setUp(
        _ name: String, changes: [String: [String]], secrets given: ClientSecrets,
        registration wish: RegistrationWish? = nil
    ) async throws(BrokerError) -> SetupReport {
        guard let wish else {
            return try await setUp(name, changes: changes, secrets: given, as: nil)
        }
        try beginRegistering(name)
        defer { registering.remove(name) }
        // Where it could not be kept, nothing is registered.
        let earlier = try await secrets(of: name)?.registration
        let registration = try await register(changes, of: name, wish)
        do throws(BrokerError) {
            var report = try await setUp(
                name, changes: changes.merging(registration.changes) { $1 }, secrets: given,
                as: registration.client)
            report.warnings =
                registration.warnings + report.warnings + (await end(earlier, report.profile))
            return report
        } catch {
            if let profile = try? parts.configuration.preview(changes, of: name) {
                await giveUp(registration.client, profile)
            }
            throw error
        }
    }

    private func setUp(
        _ name: String, changes: [String: [String]], secrets given: ClientSecrets,
        as client: RegisteredClient?
    ) async throws(BrokerError) -> SetupReport {
        let earlier = try parts.configuration.contents().profiles[name]
        let profile = try parts.configuration.preview(changes, of: name)
        if let defect = profile.defect { throw defect }
        try profile.checkCertificateAuthorityFile()
        _ = try profile.authorizationDetails()
        let objections =
            changes["client_id"] == nil || client != nil
            ? [] : try await checkClientDocument(of: profile)
        try await bindSecrets(of: name)
        var given = given
        if let client {
            given.clientSecret = client.clientSecret
            given.clientSecretExpiresAt = client.secretExpiresAt
            given.registration = client.kept
        }
        let stored = try await readable(given, name)
        // A further secret goes where the first one goes.
        if !given.laterClientSecrets.isEmpty { _ = try profile.clientSecret(in: stored) }
        try parts.configuration.apply(changes, to: name)
        // What failed before says nothing of what is tried next.
        failures[name] = nil
        // After the configuration: a secret belongs to whom that names.
        let namesKey = Profile.keyFileSettings.contains { changes[$0]?.isEmpty == false }
        let secrets: ClientSecrets?
        do throws(BrokerError) {
            secrets =
                try await merge(
                    given, namesKey: namesKey, into: profile, after: earlier?.clientID) ?? stored
        } catch {
            // A client that was registered for this and is given up again must not stay named.
            if client != nil {
                let before = changes.keys.map { ($0, earlier?.settings.values[$0] ?? []) }
                try? parts.configuration.apply(Dictionary(uniqueKeysWithValues: before), to: name)
            }
            throw error
        }
        var warnings =
            objections + missing(profile, secrets)
            + profile.foreseenTrouble(secrets, at: time.now) + (await probe(profile))
        if client == nil, let earlier, profile.asksForOther(than: earlier) {
            warnings += await updateRegistration(of: profile)
        }
        if client == nil { warnings += profile.staleRegistration(in: secrets, after: changes) }
        let isRegistered = secrets?.registration?.clientID == profile.clientID
        let needsRedirect = profile.grant == .authorizationCode && !isRegistered
        return SetupReport(
            profile: profile, wasCreated: earlier == nil,
            redirectURI: needsRedirect ? profile.registeredRedirectURI : nil, warnings: warnings,
            instructions: client.map {
                ["registered at the server as client \($0.clientID.sanitised())"]
            }
                ?? profile.instructions + profile.keyInstructions
                + profile.certificateInstructions,
            isReady: try await status(name).state == .ready)
    }

    /// What is stored; what is damaged can be given anew.
    private func readable(
        _ given: ClientSecrets, _ name: String
    ) async throws(BrokerError) -> ClientSecrets? {
        do throws(BrokerError) {
            return try await secrets(of: name)
        } catch {
            guard error.code == .storeDamaged, !given.isEmpty else { throw error }
            return nil
        }
    }

    /// What is not given stays as it is.
    /// - Returns: what is stored now; `nil` where nothing was given.
    private func merge(
        _ given: ClientSecrets, namesKey: Bool, into profile: Profile, after formerClient: String?
    ) async throws(BrokerError) -> ClientSecrets? {
        guard !given.isEmpty || namesKey else { return nil }
        let (secretOwner, passwordOwner) = (profile.clientSecretOwner, profile.passwordOwner)
        let keyOwner = profile.clientKeyOwner
        let formerOwner = profile.clientKeyOwner(for: formerClient ?? "")
        return try await fromStore { store throws(StoreError) in
            try await store.changeSecrets(of: profile.name) { stored in
                var merged = stored ?? ClientSecrets()
                if let secret = given.clientSecret {
                    (merged.clientSecret, merged.clientSecretFor) = (secret, secretOwner)
                    merged.clientSecretExpiresAt = given.clientSecretExpiresAt
                    merged.laterClientSecrets = []
                }
                for further in given.laterClientSecrets {
                    merged.add(further)
                    merged.clientSecretFor = secretOwner
                }
                if let password = given.password {
                    (merged.password, merged.passwordFor) = (password, passwordOwner)
                }
                if let registration = given.registration {
                    // The secret of the client before is none of this one's.
                    if given.clientSecret == nil {
                        (merged.clientSecrets, merged.clientSecretFor) = ([], nil)
                    }
                    merged.registration = registration
                    // The client is another by name only.
                    if merged.clientKeyFor == formerOwner { merged.clientKeyFor = keyOwner }
                }
                merged.username = given.username ?? merged.username
                if namesKey { merged.clientKeyFor = keyOwner }
                return merged
            }
            return try await store.secrets(of: profile.name)
        }
    }

    /// Gives secrets that version 0.1.0 has stored, and a key that is only in the configuration, to whom the
    /// profile names now.
    func bindSecrets(of name: String) async throws(BrokerError) {
        guard let profile = try? parts.configuration.profile(name) else { return }
        // Nobody signs as a client without a name.
        let keyOwner = profile.clientID.isEmpty ? nil : profile.clientKeyOwner
        let stored: ClientSecrets?
        // What cannot be read is bound to nobody.
        do throws(BrokerError) { stored = try await secrets(of: name) } catch { return }
        let hasUnboundKey = keyOwner != nil && stored?.clientKeyFor == nil
        guard hasUnboundKey || stored?.isUnbound == true else { return }
        let (secretOwner, passwordOwner) = (profile.clientSecretOwner, profile.passwordOwner)
        try await fromStore { store throws(StoreError) in
            try await store.changeSecrets(of: name) { stored in
                var bound = stored ?? ClientSecrets()
                if bound.clientSecret != nil, bound.clientSecretFor == nil {
                    bound.clientSecretFor = secretOwner
                }
                if bound.password != nil, bound.passwordFor == nil {
                    bound.passwordFor = passwordOwner
                }
                bound.clientKeyFor = bound.clientKeyFor ?? keyOwner
                return bound
            }
        }
    }

    private func secrets(of name: String) async throws(BrokerError) -> ClientSecrets? {
        try await fromStore { store throws(StoreError) in try await store.secrets(of: name) }
    }

    private func missing(_ profile: Profile, _ secrets: ClientSecrets?) -> [String] {
        if profile.grant != .basic {
            if let objection = profile.clientKeyObjection(at: time.now) {
                return [objection.message] + objection.hints
            }
            if profile.usesClientKey || profile.authenticatesByTLS { return [] }
        }
        do throws(BrokerError) {
            switch profile.grant {
            case .basic:
                guard try profile.login(in: secrets) == nil else { return [] }
                return [
                    "no user name and password yet: sesame setup \(profile.name) --username U --password-stdin"
                ]
            case .jwtBearer, .tokenExchange: return []
            case .clientCredentials, .authorizationCode, .deviceCode:
                let isNeeded =
                    profile.grant == .clientCredentials
                    || profile.provider.needsClientSecret
                guard try profile.clientSecret(in: secrets) == nil, isNeeded else { return [] }
                return [
                    "no client secret yet: sesame setup \(profile.name) --client-secret-stdin"
                ]
            }
        } catch {
            return [error.message] + error.hints
        }
    }

    /// What the server says to a stranger, in words; empty when all looks well.
    private func probe(_ profile: Profile) async -> [String] {
        if profile.provider.probePath == nil {
            guard profile.grant != .basic else { return [] }
            do throws(BrokerError) {
                let server = try await server(of: profile)
                return profile.doubts(about: server)
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
    /// What this profile wants of a server that does not say that it has it.
    fileprivate func doubts(about server: AuthorizationServer) -> [String] {
        var doubts: [String] = []
        if grant == .deviceCode, server.deviceAuthorizationEndpoint == nil {
            doubts.append("the server does not say that it has device codes")
        }
        if asksForOpenID, !server.namesItsKeys {
            doubts.append(
                "ID tokens are not checked, since nothing says where the server's keys are: name `issuer` and `jwks_uri`"
            )
        }
        return doubts
    }

    /// Whether the server has to know of what has changed.
    fileprivate func asksForOther(than earlier: Profile) -> Bool {
        clientID == earlier.clientID
            && (registeredRedirectURI != earlier.registeredRedirectURI || scope != earlier.scope)
    }

    var instructions: [String] {
        (provider.instructions[grant] ?? provider.usualInstructions(for: self)).map { line in
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
