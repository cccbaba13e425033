import SesameCrypto
import SesameJOSE
import SesameJSON
import SesameOAuth
import SesameSecrets
import SesameSystem

extension Profile {
    /// What this profile's client says about itself, to be registered at a server (RFC 7591, section 2).
    /// - Throws: where a key or a certificate that the server has to know cannot be told.
    func clientMetadata(
        for server: AuthorizationServer?, at now: Timestamp
    ) throws(BrokerError) -> ClientMetadata {
        if let objection = clientKeyObjection(at: now) { throw objection }
        var metadata = clientDescription(for: server)
        if let key = try? requestKeyFile?.read(), let publicKey = try? key.publicJWK() {
            metadata.publicKeys = [publicKey.json]
        }
        try addCertificate(to: &metadata)
        if settings["dpop"] == "required" { metadata.requirements.insert(.keyBoundTokens) }
        guard grant == .authorizationCode else { return metadata }
        if settings["par"] == "required" { metadata.requirements.insert(.pushedRequests) }
        if settings["jar"] == "required" { metadata.requirements.insert(.signedRequests) }
        return metadata
    }

    /// The same without keys, certificates and demands: enough where only redirect URIs or scope have changed.
    func clientDescription(for server: AuthorizationServer?) -> ClientMetadata {
        ClientMetadata(
            redirectURIs: grant == .authorizationCode ? [registeredRedirectURI] : [],
            authenticationMethod: wantedAuthentication(at: server),
            grantTypes: grantTypes, scope: scope)
    }

    /// By what the server knows the client's certificate: by the name in it, or, where nobody vouches for that, by the
    /// certificate itself with its key (RFC 8705, sections 2.1.2 and 2.2.2).
    private func addCertificate(to metadata: inout ClientMetadata) throws(BrokerError) {
        guard let held = try? clientCertificateFiles?.certifiedKey() else { return }
        switch metadata.authenticationMethod {
        case "tls_client_auth":
            guard let subject = try? held.subject(), !subject.isEmpty else {
                throw unregistrable("its certificate names nobody: the subject is empty")
            }
            metadata.certificateSubject = subject
        case "self_signed_tls_client_auth":
            guard let key = try? PrivateJWK(file: held.key).publicJWK().json,
                case .object(let members) = key, let encoded = try? held.encoded()
            else {
                throw unregistrable("no JWK can hold the key of its certificate")
            }
            let chain = ("x5c", JSONValue.array([.string(encoded)]))
            let isSame = settings["client_certificate_key_file"] == nil
            if isSame, case .object(let signing)? = metadata.publicKeys.first {
                metadata.publicKeys = [.object(signing + [chain])]
                return
            }
            // Of several keys each has a name (OpenID Connect Core 1.0, section 10.1).
            guard metadata.publicKeys.isEmpty || settings["client_key_id"] != nil else {
                throw unregistrable("two keys need names: set `client_key_id`")
            }
            let name = ("kid", JSONValue.string(Base64URL.encode(held.digest.span)))
            metadata.publicKeys.append(.object(members + [name, chain]))
        default: break
        }
    }

    private func unregistrable(_ why: String) -> BrokerError {
        BrokerError(
            .configuration, "the client of profile \(name) cannot be registered: \(why)",
            hints: [
                "or register it there by hand, and give its id: sesame setup \(name) --client-id ID"
            ])
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

    /// As the profile says; else by what it has, if the server takes that; else without a secret, which a program on many
    /// machines cannot keep.
    private func wantedAuthentication(at server: AuthorizationServer?) -> String {
        if let own = settings["client_auth"] { return own }
        if usesClientKey { return "private_key_jwt" }
        let announced = server?.tokenEndpointAuthMethods
        if authenticatesByTLS,
            let method = ["tls_client_auth", "self_signed_tls_client_auth"].first(where: {
                announced?.contains($0) ?? false
            })
        {
            return method
        }
        let needsSecret = grant == .clientCredentials
        if !needsSecret, announced?.contains("none") ?? true { return "none" }
        return ["client_secret_basic", "client_secret_post", "client_secret_jwt"].first {
            announced?.contains($0) ?? true
        } ?? "client_secret_basic"
    }
}
