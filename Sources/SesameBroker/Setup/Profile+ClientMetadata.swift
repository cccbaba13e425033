import SesameCrypto
import SesameJOSE
import SesameJSON
import SesameOAuth

extension Profile {
    /// What this profile's client says about itself, to be registered at a server (RFC 7591, section 2).
    func clientMetadata(for server: AuthorizationServer?) -> ClientMetadata {
        var metadata = ClientMetadata(
            redirectURIs: grant == .authorizationCode ? [registeredRedirectURI] : [],
            authenticationMethod: wantedAuthentication(at: server),
            grantTypes: grantTypes, scope: scope)
        if let key = try? requestKeyFile?.read(), let publicKey = try? key.publicJWK() {
            metadata.publicKeys = [publicKey.json]
        }
        addCertificate(to: &metadata)
        if showsCertificate { metadata.requirements.insert(.certificateBoundTokens) }
        if settings["dpop"] == "required" { metadata.requirements.insert(.keyBoundTokens) }
        if settings["par"] == "required" { metadata.requirements.insert(.pushedRequests) }
        if settings["jar"] == "required" { metadata.requirements.insert(.signedRequests) }
        return metadata
    }

    /// By what the server knows the client's certificate: by the name in it, or, where nobody vouches for that, by the
    /// certificate itself with its key (RFC 8705, sections 2.1.2 and 2.2.2).
    private func addCertificate(to metadata: inout ClientMetadata) {
        guard let held = try? clientCertificateFiles?.certifiedKey() else { return }
        switch metadata.authenticationMethod {
        case "tls_client_auth": metadata.certificateSubject = held.subject
        case "self_signed_tls_client_auth":
            guard let key = try? PrivateJWK(file: held.key).publicJWK(),
                case .object(let members) = key.json
            else { return }
            let chain = JSONValue.array([.string(held.encoded)])
            metadata.publicKeys.append(.object(members + [("x5c", chain)]))
        default: break
        }
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
        if authenticatesByTLS { return "tls_client_auth" }
        let announced = server?.tokenEndpointAuthMethods
        let needsSecret = grant == .clientCredentials
        if !needsSecret, announced?.contains("none") ?? true { return "none" }
        return ["client_secret_basic", "client_secret_post", "client_secret_jwt"].first {
            announced?.contains($0) ?? true
        } ?? "client_secret_basic"
    }
}
