public import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameJSON
import SesameSecrets
import SesameSystem

/// What a client's signed statements about itself look like (RFC 7523, section 3).
public struct ClientAssertionForm: Sendable {
    /// Whom a statement is made for (`aud`).
    public enum Audience: String, Sendable {
        /// The issuer, as draft-ietf-oauth-rfc7523bis and FAPI 2.0, section 5.3.3.1 say.
        ///
        /// A server that was made to look like another cannot pass the statement on.
        case issuer
        /// The very endpoint that is called, for servers that take nothing else.
        case endpoint
    }

    /// The type that is written into the header by draft-ietf-oauth-rfc7523bis.
    public static let ownType = "client-authentication+jwt"

    /// Whom they are made for.
    public var audience = Audience.issuer
    /// The `typ` of the header; `JWT` for servers that refuse one that they do not know.
    public var type = Self.ownType
    /// Where the names of statements come from.
    public var random: any RandomSource = SystemRandom()

    /// The usual form.
    public init() {}
}

/// A statement that a client signs about itself, for one request.
struct ClientAssertion {
    let form: ClientAssertionForm
    let clientID: String
    let server: AuthorizationServer
    let endpoint: HTTPURL
    let now: Timestamp

    /// Signs it, and adds it to the parameters (RFC 7521, section 4.2).
    ///
    /// Each has a name of its own (`jti`), so it is good for one request: whoever sends again signs again.
    func sign(
        with signer: JWSSigner, into parameters: inout FormParameters
    ) throws(OAuthError) {
        let assertion: Secret
        let claims = try claims()
        do throws(JOSEError) {
            assertion = try signer.sign(claims, type: form.type)
        } catch {
            throw OAuthError(.clientKeyUnusable, "the client could not sign: \(error.message)")
        }
        parameters.append("client_id", clientID)
        parameters.append("client_assertion_type", Self.type)
        parameters.append("client_assertion", assertion)
    }

    private func claims() throws(OAuthError) -> JSONValue {
        let name = form.random.bytes(16).withBytes { Base64URL.encode($0) }
        return .object([
            ("iss", .string(clientID)), ("sub", .string(clientID)),
            ("aud", .string(try audience())), ("jti", .string(name)),
            ("iat", .integer(now.seconds)),
            ("exp", .integer(now.adding(seconds: Self.lifetime).seconds)),
        ])
    }

    /// One text and never a list: whoever is not named in it has no use for the statement.
    private func audience() throws(OAuthError) -> String {
        switch form.audience {
        case .endpoint: return endpoint.description
        case .issuer:
            guard let issuer = server.issuer else {
                throw OAuthError(
                    .invalidMetadata,
                    "a signed statement of the client names the server's issuer, which is not known: set `issuer`,"
                        + " or `assertion_audience = endpoint`")
            }
            return issuer
        }
    }

    /// Seconds that it is good for: as long as a request may take, and the same for clocks that differ.
    private static let lifetime: Int64 = 60

    private static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
}
