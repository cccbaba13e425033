import SesameCrypto
import SesameHTTP
public import SesameJOSE
import SesameJSON
import SesameSecrets
public import SesameSystem

/// What signs a client's authorization requests (RFC 9101), so that nobody on the way, the person's browser
/// included, can change what is asked for.
public struct RequestObjectSigner: Sendable {
    private let key: PrivateJWK
    private let now: Timestamp
    private let end: Timestamp

    /// Makes a signer for requests that are good from now on.
    /// - Parameters:
    ///   - key: the server knows its public half.
    ///   - lifetime: how many seconds a person's browser may take to bring it; at most 3500
    ///     (FAPI 2.0 Message Signing, section 5.3.1 allows an hour).
    public init(_ key: PrivateJWK, at now: Timestamp, lifetime: Int64 = 300) {
        self.key = key
        self.now = now
        end = now.adding(seconds: min(max(lifetime, 1), Self.longestLife))
    }

    /// The one parameter that stands for all of these (RFC 9101, section 5.1), without the client that asks.
    func sign(
        _ parameters: FormParameters, clientID: String, server: AuthorizationServer,
        random: any RandomSource
    ) throws(OAuthError) -> FormParameters {
        let claims = try header(clientID, server, random) + claims(of: parameters)
        let signer = try key.signer(among: server.requestObjectSigningAlgorithms)
        let request: Secret
        do throws(JOSEError) {
            request = try signer.sign(.object(claims), type: Self.type)
        } catch {
            throw OAuthError(.clientKeyUnusable, "the request cannot be signed: \(error.message)")
        }
        var signed = FormParameters()
        // It goes through the browser, and is as secret as what it says.
        signed.append("request", request.dangerouslyRevealedText())
        return signed
    }

    /// Who asks whom, and how long.
    ///
    /// There is no `sub`: what has one could pass for the client's authentication (RFC 9101, section 10.8).
    private func header(
        _ clientID: String, _ server: AuthorizationServer, _ random: any RandomSource
    ) throws(OAuthError) -> [(String, JSONValue)] {
        guard let issuer = server.issuer else {
            throw OAuthError(
                .invalidMetadata,
                "a signed request names the server's issuer, which is not known: set `issuer`")
        }
        return [
            ("iss", .string(clientID)), ("aud", .string(issuer)), ("client_id", .string(clientID)),
            ("iat", .integer(now.seconds)),
            // A server's clock may be slow.
            ("nbf", .integer(now.adding(seconds: -Self.clockSkew).seconds)),
            ("exp", .integer(end.seconds)),
            ("jti", .string(random.bytes(16).withBytes { Base64URL.encode($0) })),
        ]
    }

    /// Numbers and JSON stand as such (RFC 9101, section 4), and what was sent several times as a list
    /// (RFC 8707, section 2).
    private func claims(of parameters: FormParameters) throws(OAuthError) -> [(String, JSONValue)] {
        let all = Dictionary(grouping: parameters.texts, by: \.name).mapValues { $0.map(\.value) }
        if let taken = all.keys.first(where: Self.registered.contains) {
            throw OAuthError(
                .badParameter, "the parameter \(taken) cannot be part of a signed request")
        }
        return all.sorted { $0.key < $1.key }.map { name, values in
            let claims = values.map { claim(name, $0) }
            return (name, claims.count == 1 ? claims[0] : .array(claims))
        }
    }

    private func claim(_ name: String, _ text: String) -> JSONValue {
        switch name {
        case "max_age": Int64(text).map(JSONValue.integer) ?? .string(text)
        case "claims", "authorization_details":
            (try? JSON(parsing: Secret(utf8: text))).map { JSONValue($0) } ?? .string(text)
        default: .string(text)
        }
    }

    private static let longestLife: Int64 = 3500
    private static let clockSkew: Int64 = 10
    private static let type = "oauth-authz-req+jwt"
    private static let registered: Set = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"]
}
