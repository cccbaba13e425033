import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameJSON
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// An issuer with one key, which signs whatever it is told.
struct PracticeIssuer {
    let key: PrivateKey
    let keyID: String
    let jwk: JWK

    init(_ kind: KeyKind = .p256, keyID: String = "k1") throws {
        key = try PrivateKey.generate(kind)
        self.keyID = keyID
        jwk = JWK(try key.publicKey(), keyID: keyID)
    }

    var algorithm: JWSAlgorithm { key.kind == .ed25519 ? .ed25519 : .es256 }

    /// The members of an ID token that is right at ``now``, with these in their place.
    static func claims(_ changes: [(String, JSONValue?)] = []) -> JSONValue {
        var claims: [(String, JSONValue)] = [
            ("iss", "https://as.test"), ("sub", "ada"), ("aud", "cli"),
            ("exp", .integer(now.seconds + 300)), ("iat", .integer(now.seconds)),
            ("nonce", "n-1"),
        ]
        for (name, value) in changes {
            claims.removeAll { $0.0 == name }
            if let value { claims.append((name, value)) }
        }
        return .object(claims)
    }

    /// A signed text.
    func sign(_ claims: JSONValue = PracticeIssuer.claims(), keyID: String? = nil) throws -> String
    {
        try JWSSigner(key, algorithm: algorithm, keyID: keyID ?? self.keyID).sign(claims)
            .dangerouslyRevealedText()
    }

    /// The document at the issuer's `jwks_uri`.
    static func document(_ keys: [JWK], beside others: String = "") -> HTTPResponse {
        let shown = keys.map { $0.json.encoded().dangerouslyRevealedText() }
        let all = (others.isEmpty ? [] : [others]) + shown
        return .json(#"{"keys":[\#(all.joined(separator: ","))]}"#)
    }
}

/// A client of a server that says where its keys are.
func openIDClient(
    _ transport: ScriptedTransport, algorithms: [String]? = nil
) throws -> OAuthClient {
    var server = try server()
    server.jwksURI = try url("https://as.test/keys")
    server.idTokenSigningAlgorithms = algorithms
    return try client(transport, server: server)
}

/// An answer with this ID token beside the access token `t`.
func tokens(idToken: String?, refreshToken: String? = nil) throws -> TokenResponse {
    let members = [("id_token", idToken), ("refresh_token", refreshToken)].compactMap {
        name, value in value.map { #""\#(name)":"\#($0)""# }
    }
    return try parse(answer((members + [#""expires_in":60"#]).joined(separator: ",")))
}

/// What a login expects that has sent the nonce `n-1`.
func loginExpectation() -> IDTokenExpectation {
    var expected = IDTokenExpectation(clientID: "cli")
    expected.nonce = Secret(utf8: "n-1")
    expected.isRequired = true
    return expected
}
