import SesameCrypto
public import SesameHTTP
public import SesameJOSE
public import SesameSecrets
public import SesameSystem

/// `private_key_jwt`: a statement signed with a key that the server knows the public half of
/// (OpenID Connect Core, section 9; RFC 7523, section 2.2).
public struct PrivateKeyJWT: ClientAuthentication {
    private let key: @Sendable () throws(OAuthError) -> PrivateJWK
    private let form: ClientAssertionForm

    /// Makes the method.
    /// - Parameter key: reads the key; called once for each request, so that it need not be kept, and a
    ///   key that was replaced is used at once.
    public init(
        form: ClientAssertionForm = ClientAssertionForm(),
        key: @escaping @Sendable () throws(OAuthError) -> PrivateJWK
    ) {
        self.form = form
        self.key = key
    }

    /// Adds `client_id`, `client_assertion_type` and `client_assertion`.
    public func authenticate(
        _ form: inout FormParameters, _ fields: inout HTTPFields, clientID: String,
        server: AuthorizationServer, endpoint: HTTPURL, at now: Timestamp
    ) throws(OAuthError) {
        let signer = try key().signer(among: server.tokenEndpointAuthSigningAlgorithms)
        try ClientAssertion(
            form: self.form, clientID: clientID, server: server, endpoint: endpoint, now: now
        ).sign(with: signer, into: &form)
    }
}

/// `client_secret_jwt`: a statement authenticated with the client secret, which itself is not sent
/// (OpenID Connect Core, section 9).
public struct ClientSecretJWT: ClientAuthentication {
    private let secret: Secret
    private let form: ClientAssertionForm

    /// Makes the method; the secret needs 32 bytes (RFC 7518, section 3.2).
    public init(secret: Secret, form: ClientAssertionForm = ClientAssertionForm()) {
        self.secret = secret
        self.form = form
    }

    /// Adds `client_id`, `client_assertion_type` and `client_assertion`.
    public func authenticate(
        _ form: inout FormParameters, _ fields: inout HTTPFields, clientID: String,
        server: AuthorizationServer, endpoint: HTTPURL, at now: Timestamp
    ) throws(OAuthError) {
        let signer: JWSSigner
        do throws(JOSEError) {
            signer = try JWSSigner(secret: secret)
        } catch {
            throw OAuthError(
                .clientKeyUnusable,
                "the client secret is too short for client_secret_jwt: "
                    + error.message)
        }
        try ClientAssertion(
            form: self.form, clientID: clientID, server: server, endpoint: endpoint, now: now
        ).sign(with: signer, into: &form)
    }
}

extension PrivateJWK {
    /// What signs with this key: by the best of what it can do and the server announces.
    ///
    /// A server that says nothing is one of before 2020, as a rule: it gets the name `EdDSA` of RFC 8037,
    /// and RS256, which every server should take (OpenID Connect Core, section 9; Discovery, section 3).
    func signer(among announced: [String]?) throws(OAuthError) -> JWSSigner {
        let announced = announced ?? []
        let possible = algorithms(isAnnounced: !announced.isEmpty)
        let chosen =
            announced.isEmpty
            ? possible.first : possible.first { announced.contains($0.rawValue) }
        guard let chosen else {
            throw OAuthError(
                .clientKeyUnusable,
                "the server takes signatures by \(announced.joined(separator: ", ").sanitised()), and the"
                    + " client's key makes \(possible.map(\.rawValue).joined(separator: ", "))")
        }
        do throws(JOSEError) {
            return try JWSSigner(privateKey, algorithm: chosen, keyID: keyID)
        } catch {
            throw OAuthError(.clientKeyUnusable, error.message)
        }
    }

    /// What this key may sign with, the best first.
    private func algorithms(isAnnounced: Bool) -> [JWSAlgorithm] {
        let all: [JWSAlgorithm] =
            switch (privateKey.kind, isAnnounced) {
            case (.p256, _): [.es256]
            case (.ed25519, true): [.ed25519, .edDSA]
            case (.ed25519, false): [.edDSA, .ed25519]
            case (.rsa, true): [.ps256, .rs256]
            case (.rsa, false): [.rs256, .ps256]
            }
        guard let only = algorithm else { return all }
        // Of Ed25519 both names are the same algorithm (RFC 9864).
        return all.filter { $0.signature == only.signature }
    }
}
