import SesameCrypto
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets

/// The flows of an issuer that follows the RFCs.
extension Practice {
    static let verifier = String(repeating: "v", count: 43)
    static let loopback = "http://127.0.0.1:51234/callback"

    func challenge() -> String {
        let verifier = Array(Self.verifier.utf8)
        return SHA256.digest(verifier.span).withBytes { Base64URL.encode($0) }
    }

    func authorizeTarget(
        _ issuer: String, _ changes: [String: String?] = [:], client: String = "practice-public"
    ) -> String {
        var parameters: [(String, String?)] = [
            ("client_id", client), ("redirect_uri", Self.loopback), ("response_type", "code"),
            ("state", "s&1"), ("code_challenge", challenge()), ("code_challenge_method", "S256"),
            ("scope", "read"),
        ]
        for (index, parameter) in parameters.enumerated() {
            if let change = changes[parameter.0] { parameters[index].1 = change }
        }
        return "/\(issuer)/authorize?" + encoded(parameters)
    }

    /// Presses a button on the consent page.
    func decide(_ target: String, _ decision: String = "allow", password: String = "practice") async
        -> ServerResponse
    {
        await post(target, [("username", "ada"), ("password", password), ("decision", decision)])
    }

    func code(_ issuer: String, client: String = "practice-public") async throws -> String {
        try await decide(authorizeTarget(issuer, client: client)).callback("code")
    }

    func redeem(
        _ issuer: String, code: String, verifier: String = verifier, redirect: String = loopback
    ) async -> ServerResponse {
        await post(
            "/\(issuer)/token",
            [
                ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect),
                ("client_id", "practice-public"), ("code_verifier", verifier),
            ])
    }

    func refresh(_ issuer: String, _ token: String?) async -> ServerResponse {
        await post(
            "/\(issuer)/token",
            [
                ("grant_type", "refresh_token"), ("refresh_token", token),
                ("client_id", "practice-public"),
            ])
    }

    func logIn(_ issuer: String) async throws -> JSON {
        try await redeem(issuer, code: try await code(issuer)).json()
    }
}
