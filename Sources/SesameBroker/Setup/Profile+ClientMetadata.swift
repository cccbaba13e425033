import SesameJOSE
import SesameOAuth

extension Profile {
    /// What this profile's client says about itself, to be registered at a server (RFC 7591, section 2).
    func clientMetadata(for server: AuthorizationServer?) -> ClientMetadata {
        var metadata = ClientMetadata(
            redirectURIs: grant == .authorizationCode ? [registeredRedirectURI] : [],
            authenticationMethod: wantedAuthentication(at: server),
            grantTypes: grantTypes, scope: scope)
        if usesClientKey, let key = try? clientKeyFile?.read(), let publicKey = try? key.publicJWK()
        {
            metadata.publicKeys = publicKey.json
        }
        return metadata
    }

    /// The grant types of the profile's tokens, in the words of RFC 7591, section 2; the one it cannot do without first.
    var grantTypes: [String] {
        switch grant {
        case .authorizationCode: ["authorization_code", "refresh_token"]
        case .deviceCode: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]
        case .clientCredentials: ["client_credentials"]
        case .jwtBearer: ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        case .tokenExchange: ["urn:ietf:params:oauth:grant-type:token-exchange"]
        case .basic: []
        }
    }

    /// As the profile says; else without a secret, which a program on many machines cannot keep, where the server takes
    /// that.
    private func wantedAuthentication(at server: AuthorizationServer?) -> String {
        if let own = settings["client_auth"] { return own }
        if usesClientKey { return "private_key_jwt" }
        let announced = server?.tokenEndpointAuthMethods
        let needsSecret = grant == .clientCredentials
        if !needsSecret, announced?.contains("none") ?? true { return "none" }
        return ["client_secret_basic", "client_secret_post", "client_secret_jwt"].first {
            announced?.contains($0) ?? true
        } ?? "client_secret_basic"
    }
}
