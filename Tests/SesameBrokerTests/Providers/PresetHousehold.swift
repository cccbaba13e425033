import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameStore
import TestSupport
import Testing

@testable import SesameBroker

/// A household with one profile, made by a preset.
extension Household {
    /// - Parameters:
    ///   - name: what `provider =` says.
    ///   - settings: instead of the examples of what the preset needs, or besides them.
    init(preset name: String, _ settings: [String: String] = [:]) throws {
        let provider = Provider.named(name)
        var values = Dictionary(
            uniqueKeysWithValues: provider.neededForms.map { ($0.key, $0.form.example) })
        for key in provider.neededKeys where values[key] == nil {
            values[key] = ["client_id": "cli", "scope": "one two"][key] ?? "https://id.example"
        }
        values.merge(settings) { $1 }
        let lines = values.filter { !$0.value.isEmpty }.map { "\($0.key) = \($0.value)\n" }
        try self.init("[profile p]\nprovider = \(name)\n\(lines.sorted().joined())") { parts in
            parts.transport = ScriptedTransport { _, request in metadata(request.url) }
        }
    }

    var profile: Profile { get throws { try broker.usableProfile("p") } }

    /// Where the browser is sent.
    func asked() async throws -> (url: HTTPURL, parameters: ReceivedForm) {
        try await store.put(
            ClientSecrets(clientSecret: Secret(utf8: "s3cret")), for: "p")
        let start = try await broker.beginLogin("p", mode: .paste, timeout: 60)
        guard case .browser(let url, _) = start.way else { throw NoAddress() }
        await broker.cancelLogin(try #require(start.report.id))
        return (url, try ReceivedForm(query: url.query))
    }
}

private struct NoAddress: Error {}

/// The metadata of any issuer (OpenID Connect Discovery 1.0, section 4): the same host, `/authorize`.
private func metadata(_ url: HTTPURL) -> HTTPResponse {
    let ending = "/.well-known/openid-configuration"
    let text = url.description
    guard text.hasSuffix(ending) else { return .json("{}", status: 404) }
    var issuer = String(text.dropLast(ending.count))
    // The one of which the slash is known to belong to the name.
    if issuer.contains("auth0.com") { issuer += "/" }
    return .json(
        """
        {"issuer":"\(issuer)","authorization_endpoint":"\(url.origin)/authorize",
         "token_endpoint":"\(url.origin)/token","revocation_endpoint":"\(url.origin)/revoke",
         "code_challenge_methods_supported":["S256"]}
        """)
}
