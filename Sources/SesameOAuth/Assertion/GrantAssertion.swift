public import SesameCrypto
import SesameHTTP
public import SesameJOSE
import SesameJSON
public import SesameSecrets
public import SesameSystem

/// What a statement says that is exchanged for a token (RFC 7523, section 3).
public struct GrantAssertion: Sendable {
    /// Who makes the statement (`iss`); for a service account its own name.
    public var issuer: String
    /// For whom access is asked (`sub`); the issuer itself where nobody else is named.
    public var subject: String
    /// Whom it is made for: the token endpoint unless the profile says otherwise, as providers have it.
    public var audience = ClientAssertionForm.Audience.endpoint
    /// What access is asked for; Google reads it here and nowhere else.
    public var scope: String?
    /// Where the names of statements come from.
    public var random: any RandomSource = SystemRandom()

    /// A statement by somebody about himself.
    public init(issuer: String, subject: String? = nil) {
        self.issuer = issuer
        self.subject = subject ?? issuer
    }

    /// Signs it for one request to a server's token endpoint.
    /// - Throws: ``OAuthError`` with `clientKeyUnusable`, or `invalidMetadata` where the server's issuer is
    ///   wanted and not known.
    public func signed(
        with key: PrivateJWK, for server: AuthorizationServer, at now: Timestamp
    ) throws(OAuthError) -> Secret {
        let claims = try claims(server, now)
        let signer = try key.signer(among: server.tokenEndpointAuthSigningAlgorithms)
        do throws(JOSEError) {
            return try signer.sign(claims, type: "JWT")
        } catch {
            throw OAuthError(.clientKeyUnusable, "the assertion was not signed: \(error.message)")
        }
    }

    private func claims(
        _ server: AuthorizationServer, _ now: Timestamp
    ) throws(OAuthError) -> JSONValue {
        let name = random.bytes(16).withBytes { Base64URL.encode($0) }
        let audience: String
        switch self.audience {
        case .endpoint: audience = server.tokenEndpoint.description
        case .issuer:
            guard let issuer = server.issuer else {
                throw OAuthError(
                    .invalidMetadata,
                    "the assertion is to name the server's issuer, which is not known: set `issuer`"
                )
            }
            audience = issuer
        }
        return .object(
            [
                ("iss", .string(issuer)), ("sub", .string(subject)), ("aud", .string(audience)),
                ("jti", .string(name)), ("iat", .integer(now.seconds)),
                ("exp", .integer(now.adding(seconds: Self.lifetime).seconds)),
            ] + (scope.map { [("scope", .string($0))] } ?? []))
    }

    /// Seconds that it is good for: as long as a request may take, and the same for clocks that differ.
    private static let lifetime: Int64 = 60
}
