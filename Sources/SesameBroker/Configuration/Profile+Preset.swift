package import SesameHTTP
import SesameOAuth

// What a profile says itself, and else its preset.
extension Profile {
    /// The issuer, where there is one.
    var issuer: String? { settings["issuer"] ?? provider.issuer?.whole }

    package var baseURL: HTTPURL? {
        settings.url("base_url") ?? provider.baseURL?.whole.flatMap { HTTPURL($0) }
    }

    /// Where this profile's tokens may be sent: `allow`, or else everything below `base_url`, or else where the
    /// preset knows the API to be.
    package var destinations: Destinations {
        let allowed = (settings.values["allow"] ?? []).compactMap { HTTPURL($0) }
        if !allowed.isEmpty { return Destinations(allowed) }
        let others = settings["base_url"] == nil ? provider.otherDestinations : []
        return Destinations(
            [baseURL].compactMap(\.self) + others.compactMap { HTTPURL($0) })
    }

    /// The scope to ask for: for a login with what its refresh token takes.
    ///
    /// Whoever asks for nothing gets what the server thinks fit, and nothing is added to that.
    package var scope: String? {
        guard !provider.refusesScope, let own = settings["scope"] else { return nil }
        guard !grant.needsNoPerson else { return own }
        let words = own.split(separator: " ").map(String.init)
        return (words + provider.loginScope.filter { !words.contains($0) }).joined(separator: " ")
    }

    /// A scope as this server wants it to be written.
    func written(_ scope: String?) -> String? {
        guard provider.requestedScopeSeparator != " " else { return scope }
        return scope.map {
            $0.split(separator: " ").joined(separator: provider.requestedScopeSeparator)
        }
    }

    /// What the authorization request has beyond the protocol.
    var authorizationParameters: [(String, String)] {
        let own = settings.parameters("authorize")
        let names = Set(own.map(\.0))
        return own + provider.authorizationParameters.filter { !names.contains($0.name) }
    }

    /// The token endpoint, where no discovery is needed to know it.
    var statedTokenEndpoint: HTTPURL? {
        settings.url("token_endpoint") ?? preset(provider.endpoints?.token)
    }

    /// Where a person agrees, where no discovery is needed to know it.
    var statedAuthorizationEndpoint: HTTPURL? {
        settings.url("authorization_endpoint") ?? preset(provider.endpoints?.authorization)
    }

    /// Where tokens are revoked, where no discovery is needed to know it.
    var statedRevocationEndpoint: HTTPURL? {
        besideTokenEndpoint("revocation_endpoint", provider.endpoints?.revocation)
    }

    /// Where devices get their codes, where no discovery is needed to know it.
    var statedDeviceAuthorizationEndpoint: HTTPURL? {
        besideTokenEndpoint("device_authorization_endpoint", provider.endpoints?.device)
    }

    /// The preset's is not for the tokens of a token endpoint that the profile names.
    private func besideTokenEndpoint(_ key: String, _ place: String?) -> HTTPURL? {
        settings.url(key) ?? (settings["token_endpoint"] == nil ? preset(place) : nil)
    }

    /// An endpoint of the preset; `nil` for a profile that names another server's issuer.
    private func preset(_ place: String?) -> HTTPURL? {
        guard let endpoints = provider.endpoints, let place else { return nil }
        switch endpoints.root {
        case .baseURL:
            guard settings["issuer"] == nil else { return nil }
            return place.hasPrefix("/") ? baseURL?.appending(path: place) : HTTPURL(place)
        case .issuer:
            return issuer.flatMap { HTTPURL($0) }?.appending(path: place)
        }
    }

    /// Whether a login can wait for the browser by itself: at plain http on this machine.
    var redirectsToListener: Bool {
        HTTPURL(redirectURI).map { $0.isLoopback && $0.scheme == .http } ?? false
    }

    /// The first key without which this profile cannot be used.
    var missingKey: String? {
        switch grant {
        case .basic:
            return baseURL == nil ? "base_url" : nil
        case .authorizationCode, .clientCredentials, .deviceCode, .jwtBearer, .tokenExchange:
            if clientID.isEmpty { return "client_id" }
            if usesClientKey, settings["client_key_file"] == nil { return "client_key_file" }
            if grant == .authorizationCode, settings["jar"] == "required",
                settings["client_key_file"] == nil
            {
                return "client_key_file"
            }
            if authenticatesByTLS, settings["client_certificate_file"] == nil {
                return "client_certificate_file"
            }
            if let key = missingInput ?? missingPlace { return key }
            return provider.needsScope && settings["scope"] == nil ? "scope" : nil
        }
    }

    /// The first key without which the server cannot be found, or the API of the preset.
    private var missingPlace: String? {
        let hasEndpoint = settings["token_endpoint"] != nil
        for (key, form) in provider.forms where form.whole == nil && settings[key] == nil {
            if key == "issuer", hasEndpoint { continue }
            if key == "base_url", provider.issuer == nil, settings["issuer"] != nil { continue }
            return key
        }
        if settings["issuer"] != nil { return nil }
        if !hasEndpoint, provider.endpoints == nil { return issuer == nil ? "issuer" : nil }
        switch grant {
        case .authorizationCode where statedAuthorizationEndpoint == nil:
            return "authorization_endpoint"
        case .deviceCode where statedDeviceAuthorizationEndpoint == nil:
            return "device_authorization_endpoint"
        default: return nil
        }
    }
}

extension Provider {
    /// The addresses that a profile has to give, or need not, by their keys.
    var forms: [(key: String, form: AddressForm)] {
        [("issuer", issuer), ("base_url", baseURL)].compactMap { key, form in
            form.map { (key, $0) }
        }
    }
}
