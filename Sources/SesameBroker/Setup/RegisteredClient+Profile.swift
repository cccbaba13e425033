import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameStore

extension RegisteredClient {
    /// What a profile has to say to be this client, which the server may have registered otherwise than it was asked to
    /// (RFC 7591, section 3.2.1).
    /// - Parameter asked: the way of authentication that was asked for.
    /// - Throws: where the profile cannot be what the server has made of it.
    func settings(
        for profile: Profile, asked: String
    ) throws(BrokerError) -> [String: [String]] {
        var changes = ["client_id": [clientID]]
        changes["client_auth"] = [try usableAuthentication(profile, asked)]
        if let uri = try usableRedirectURI(profile) { changes["redirect_uri"] = [uri] }
        if let grantTypes, let needed = profile.grantTypes.first, !grantTypes.contains(needed) {
            throw unusable("without the grant type \(needed)", profile)
        }
        return changes
    }

    /// What the server has left out that the profile can do without.
    func warnings(for profile: Profile) -> [String] {
        var warnings: [String] = []
        if let grantTypes, profile.grantTypes.contains("refresh_token"),
            !grantTypes.contains("refresh_token")
        {
            warnings.append(
                "the server registered the client without refresh tokens: a login lasts as long as its token"
            )
        }
        let registered = (scope ?? "").split(separator: " ")
        let missing = (profile.scope ?? "").split(separator: " ").filter {
            !registered.contains($0)
        }
        if scope != nil, !missing.isEmpty {
            warnings.append(
                "the server registered the client without the scope "
                    + missing.joined(separator: " ").sanitised(limit: 200))
        }
        return warnings
    }

    /// What is kept of the registration beside the client's secret.
    var kept: ClientSecrets.Registration {
        var kept = ClientSecrets.Registration(clientID: clientID)
        kept.accessToken = managementURI == nil ? nil : accessToken
        kept.managementURI = accessToken == nil ? nil : managementURI?.description
        return kept
    }

    /// A server that does not say means Basic where it gave a secret (RFC 7591, section 2).
    private func usableAuthentication(
        _ profile: Profile, _ asked: String
    ) throws(BrokerError) -> String {
        let method = authenticationMethod ?? (clientSecret == nil ? "none" : "client_secret_basic")
        switch method {
        case "none" where profile.grant != .clientCredentials: return method
        case "client_secret_basic", "client_secret_post", "client_secret_jwt":
            guard clientSecret != nil else {
                throw unusable("with \(method) and gave no client secret", profile)
            }
            return method
        case "private_key_jwt" where profile.settings["client_key_file"] != nil: return method
        case "tls_client_auth", "self_signed_tls_client_auth":
            guard method == asked else {
                throw unusable("with the authentication method \(method)", profile)
            }
            return method
        default:
            throw unusable("with the authentication method \(method.sanitised(limit: 60))", profile)
        }
    }

    /// `nil` where the profile's own is registered, or none is needed.
    private func usableRedirectURI(_ profile: Profile) throws(BrokerError) -> String? {
        guard profile.grant == .authorizationCode, let redirectURIs,
            !redirectURIs.contains(profile.registeredRedirectURI)
        else { return nil }
        for text in redirectURIs {
            guard let uri = HTTPURL(text), uri.scheme == .http, uri.isLoopback,
                uri.fragment == nil, uri.query == nil
            else { continue }
            // Without a port in it, any will do (RFC 8252, section 7.3).
            let hasPort = text.lowercased().hasPrefix("http://\(uri.host):")
            return hasPort ? text : "http://\(uri.host):0\(uri.path)"
        }
        throw unusable("with other redirect URIs than \(profile.registeredRedirectURI)", profile)
    }

    private func unusable(_ how: String, _ profile: Profile) -> BrokerError {
        BrokerError(
            .serverRefused, "the server registered the client \(how)",
            hints: [
                "register a client there by hand, and give its id: sesame setup \(profile.name) --client-id ID"
            ])
    }
}
