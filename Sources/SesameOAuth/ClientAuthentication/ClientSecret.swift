public import SesameHTTP
public import SesameSecrets
public import SesameSystem

/// `client_secret_basic`: id and secret in the `Authorization` field.
public struct ClientSecretBasic: ClientAuthentication {
    /// How id and secret are written before they become base64.
    public enum Encoding: String, Sendable {
        /// Form-encoded, as RFC 6749, section 2.3.1 says.
        case rfc
        /// As they are, for the servers that never decode.
        case raw
    }

    private let secret: Secret
    private let encoding: Encoding

    /// Makes the method.
    public init(secret: Secret, encoding: Encoding = .rfc) {
        self.secret = secret
        self.encoding = encoding
    }

    /// Sets `Authorization`; the parameters stay without `client_id`.
    public func authenticate(
        _ form: inout FormParameters, _ fields: inout HTTPFields, clientID: String,
        server: AuthorizationServer, endpoint: HTTPURL, at now: Timestamp
    ) throws(OAuthError) {
        var pair = SecretBuffer()
        switch encoding {
        case .rfc:
            FormParameters.encode(clientID, into: &pair)
            pair.append(UInt8(ascii: ":"))
            secret.withBytes { FormParameters.encode($0, into: &pair) }
        case .raw:
            guard !clientID.contains(":") else {
                throw OAuthError(.badParameter, "a client id with ':' needs basic_encoding = rfc")
            }
            pair.append(clientID)
            pair.append(UInt8(ascii: ":"))
            pair.append(secret)
        }
        fields.set("Authorization", .secret(basicCredentials(pair)))
    }
}

/// `client_secret_post`: id and secret among the parameters, as Mautic needs it.
public struct ClientSecretPost: ClientAuthentication {
    private let secret: Secret

    /// Makes the method.
    public init(secret: Secret) {
        self.secret = secret
    }

    /// Adds `client_id` and `client_secret`.
    public func authenticate(
        _ form: inout FormParameters, _ fields: inout HTTPFields, clientID: String,
        server: AuthorizationServer, endpoint: HTTPURL, at now: Timestamp
    ) {
        form.append("client_id", clientID)
        form.append("client_secret", secret)
    }
}

extension AuthorizationServer {
    /// The way of authentication to use where nobody has chosen one.
    ///
    /// Basic, which is what a client is registered for when nothing was said (RFC 7591, section 2)
    /// and what a silent server takes (RFC 8414, section 2); the body where only that is announced.
    /// - Parameter secret: `nil` for a public client.
    public func authentication(
        secret: Secret?, encoding: ClientSecretBasic.Encoding = .rfc
    ) -> any ClientAuthentication {
        guard let secret else { return NoClientAuthentication() }
        let announced = tokenEndpointAuthMethods ?? []
        if announced.contains("client_secret_post"), !announced.contains("client_secret_basic") {
            return ClientSecretPost(secret: secret)
        }
        return ClientSecretBasic(secret: secret, encoding: encoding)
    }
}

/// `Basic` and the base64 form of `name:password` (RFC 7617, section 2).
func basicCredentials(_ pair: consuming SecretBuffer) -> Secret {
    var field = SecretBuffer(capacity: 256)
    field.append("Basic ")
    pair.withBytes { Base64.encode($0, into: &field) }
    return Secret(field)
}
