import SesameHTTP
import SesameJSON
import SesameOAuth
package import SesameSecrets
import SesameStore
import SesameSystem

/// The wish to have a profile's client registered at its server (RFC 7591).
package struct RegistrationWish: Sendable {
    /// For a server that registers nobody without one.
    package var initialAccessToken: Secret?

    package init(initialAccessToken: Secret? = nil) {
        self.initialAccessToken = initialAccessToken
    }
}

extension Broker {
    /// A profile's client as it was just registered, with what the profile has to say to be it.
    struct Registration: Sendable {
        let client: RegisteredClient
        let changes: [String: [String]]
        let warnings: [String]
    }

    /// Registers the client of a profile as it would be with these changes; nothing is kept yet.
    func register(
        _ changes: [String: [String]], of name: String, _ wish: RegistrationWish
    ) async throws(BrokerError) -> Registration {
        // Nothing is missing but the name that the server will give.
        let draft = try parts.configuration.preview(
            changes.merging(["client_id": ["unregistered"]]) { $1 }, of: name)
        if let defect = draft.defect { throw defect }
        try draft.checkCertificateAuthorityFile()
        let server = try await server(of: draft)
        guard server.registrationEndpoint != nil else {
            throw Self.byHand(draft, server)
        }
        let metadata = try draft.clientMetadata(for: server, at: time.now)
        let client: RegisteredClient
        do throws(OAuthError) {
            client = try await registrar(for: draft).register(
                metadata, at: server, initialAccessToken: wish.initialAccessToken)
        } catch {
            throw BrokerError(registering: error, draft)
        }
        do throws(BrokerError) {
            return Registration(
                client: client,
                changes: try client.settings(for: draft, asked: metadata.authenticationMethod),
                warnings: client.warnings(for: draft))
        } catch {
            await giveUp(client, draft)
            throw error
        }
    }

    /// Of two at once one would be nobody's.
    func beginRegistering(_ name: String) throws(BrokerError) {
        guard registering.insert(name).inserted else {
            throw BrokerError(
                .temporary, "the client of profile \(name) is being registered already",
                hints: ["try again when that is done"])
        }
    }

    /// Ends a registration that nobody will use, if the server lets us.
    func giveUp(_ client: RegisteredClient, _ profile: Profile) async {
        guard let place = client.managementURI, let token = client.accessToken else { return }
        try? await registrar(for: profile).end(at: place, accessToken: token)
    }

    /// Ends what was registered before something else took its place; words where the server would not.
    func end(_ earlier: ClientSecrets.Registration?, _ profile: Profile) async -> [String] {
        guard let earlier, let token = earlier.accessToken,
            let place = earlier.managementURI.flatMap({ HTTPURL($0) })
        else { return [] }
        do throws(OAuthError) {
            try await registrar(for: profile).end(at: place, accessToken: token)
            return []
        } catch {
            return [
                "the client that was registered before is still there: \(error.message)"
            ]
        }
    }

    /// Tells the server of a redirect URI or a scope that has changed (RFC 7592, section 2.2); words where that failed.
    func updateRegistration(of profile: Profile) async -> [String] {
        let name = profile.name
        let secrets: ClientSecrets?
        do throws(BrokerError) {
            secrets = try await fromStore { store throws(StoreError) in
                try await store.secrets(of: name)
            }
        } catch {
            return [error.message]
        }
        guard let registration = secrets?.registration, registration.clientID == profile.clientID,
            let token = registration.accessToken,
            let place = registration.managementURI.flatMap({ HTTPURL($0) })
        else { return [] }
        let owner = profile.clientSecretOwner
        do throws(OAuthError) {
            try await registrar(for: profile).change(
                profile.clientDescription(for: nil), of: profile.clientID, at: place,
                accessToken: token
            ) { answer throws(OAuthError) in
                try await self.keep(answer, of: name, registration, owner)
            }
            return []
        } catch {
            return [
                "the server could not be told of the change: \(error.message)",
                "register anew, if logins are refused now: sesame setup \(name) --register",
            ]
        }
    }

    /// Keeps what a management answer brought: the access token may be good for one use (RFC 7592, section 3).
    private func keep(
        _ answer: RegisteredClient, of name: String, _ earlier: ClientSecrets.Registration,
        _ owner: String
    ) async throws(OAuthError) {
        do throws(BrokerError) {
            try await fromStore { store throws(StoreError) in
                try await store.changeSecrets(of: name) { stored in
                    var secrets = stored ?? ClientSecrets()
                    guard var registration = secrets.registration,
                        registration.clientID == earlier.clientID
                    else { return secrets }
                    registration.accessToken = answer.accessToken ?? registration.accessToken
                    registration.managementURI =
                        answer.managementURI?.description ?? registration.managementURI
                    if let secret = answer.clientSecret {
                        secrets.clientSecrets = [
                            DatedSecret(secret, expiresAt: answer.secretExpiresAt)
                        ]
                        secrets.clientSecretFor = owner
                    }
                    secrets.registration = registration
                    return secrets
                }
            }
        } catch {
            throw OAuthError(.notSaved, error.message)
        }
    }

    /// Ends the registration of a profile's client at the server, and the profile's login with it.
    ///
    /// The profile stays, without a client.
    package func unregister(_ name: String) async throws(BrokerError) {
        try beginRegistering(name)
        defer { registering.remove(name) }
        let profile = try parts.configuration.profile(name)
        let stored = try await fromStore { store throws(StoreError) in
            try await store.secrets(of: name)
        }
        guard let registration = stored?.registration, registration.clientID == profile.clientID
        else {
            throw BrokerError(.usage, "Sesame has not registered the client of profile \(name)")
        }
        _ = try await logout(name)
        if let token = registration.accessToken,
            let place = registration.managementURI.flatMap({ HTTPURL($0) })
        {
            do throws(OAuthError) {
                try await registrar(for: profile).end(at: place, accessToken: token)
            } catch {
                throw BrokerError(registering: error, profile)
            }
        }
        try await fromStore { store throws(StoreError) in
            try await store.changeSecrets(of: name) { stored in
                var secrets = stored ?? ClientSecrets()
                guard secrets.registration?.clientID == registration.clientID else {
                    return secrets
                }
                secrets.registration = nil
                (secrets.clientSecrets, secrets.clientSecretFor) = ([], nil)
                return secrets
            }
        }
        // Somebody may have named another client meanwhile.
        guard try parts.configuration.profile(name).clientID == registration.clientID else {
            return
        }
        try parts.configuration.apply(["client_id": [], "client_auth": []], to: name)
    }

    /// What the client of a profile says about itself, as a document to publish at the URL that is its id.
    package func clientDocument(
        at url: String, for name: String
    ) throws(BrokerError) -> Secret {
        let profile = try parts.configuration.preview(["client_id": [url]], of: name)
        let metadata = try profile.clientMetadata(for: nil, at: time.now)
        do throws(OAuthError) {
            guard let document = try ClientIDDocument(url) else {
                throw OAuthError(
                    .badParameter, "the id of such a client is the https URL of its document")
            }
            return metadata.document(at: document.clientID).encoded()
        } catch {
            throw BrokerError(.usage, error.message)
        }
    }

    private func registrar(for profile: Profile) -> ClientRegistrar {
        ClientRegistrar(
            over: parts.transport, certificateAuthorityFile: profile.certificateAuthorityFile)
    }

    private static func byHand(_ profile: Profile, _ server: AuthorizationServer) -> BrokerError {
        let redirect =
            profile.grant == .authorizationCode
            ? ", with the redirect URI \(profile.registeredRedirectURI)" : ""
        let document =
            "or publish a document about the client, and give its URL as the client id: sesame setup "
            + "\(profile.name) --print-client-metadata --client-id https://…"
        return BrokerError(
            .configuration, "the server does not register clients by itself",
            hints: ["register one there\(redirect), and add --client-id ID"]
                + (server.supportsClientIDMetadataDocuments ? [document] : []))
    }
}

extension BrokerError {
    /// Why a server did not register a client, or did not change or end what it has registered.
    fileprivate init(registering error: OAuthError, _ profile: Profile) {
        let base = BrokerError(error, profile: profile)
        let needsToken = error.code == .clientRejected
        self.init(
            base.code, base.message,
            hints: needsToken
                ? [
                    "give the one that its operator gave you: sesame setup \(profile.name) --register "
                        + "--initial-access-token-stdin"
                ] : base.hints.filter { !$0.contains("--client-secret-stdin") })
    }
}
