import SesameCrypto
import SesameHTTP
import SesameJOSE
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

/// A profile `p` at an issuer, with further settings.
func boundProfile(_ issuer: String, _ settings: String...) -> String {
    """
    [profile p]
    issuer = @/\(issuer)
    base_url = @/\(issuer)/api
    client_id = practice-public
    scope = read
    \(settings.joined(separator: "\n"))

    """
}

/// A profile `p` of a client that has secret and tokens of its own.
func boundService(_ issuer: String, _ settings: String...) -> String {
    """
    [profile p]
    issuer = @/\(issuer)
    base_url = @/\(issuer)/api
    client_id = practice-service
    grant = client_credentials
    \(settings.joined(separator: "\n"))

    """
}

extension Rig {
    /// The type of the profile's token.
    func tokenType(_ query: String = "") async throws -> String? {
        try await token("p", query).json["token_type"]?.string
    }

    /// What the login of `p` holds.
    func held() async throws -> Credential? { try await store.credential(of: "p")?.value }

    /// The key that its tokens are bound to.
    func key() async throws -> String? { try await held()?.dpopKey?.dangerouslyRevealedText() }

    /// How the token requests so far ended.
    var outcomes: [String] { playground.service.log().map(\.outcome) }

    /// The status that the API has for a signed request.
    func status(_ path: String = "/me?a=b", method: String = "GET") async throws -> Int64? {
        try await send("p", path, method: method).json["status"]?.integer
    }

    /// Changes the configuration as an editor does.
    func edit(_ old: String, _ new: String) throws {
        let text = try configuration.replacing(old, with: new)
        try PrivateFile.replace(folder.file("config"), Secret(utf8: text))
    }
}
