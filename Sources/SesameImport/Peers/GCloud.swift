import SesameJSON
import SesameSecrets

/// A login of gcloud: `application_default_credentials.json`, or `legacy_credentials/ACCOUNT/adc.json`
/// (seen with 528.0.0).
enum GCloud {
    static func account(in file: Secret, named name: String?) throws(ImportError) -> ForeignAccount
    {
        let json = try JSON(ofPeer: .gcloud, file)
        let type = try json.text("type") ?? ""
        let domain = try json.text("universe_domain") ?? usualDomain
        let obstacle = obstacle(type: type, domain: domain)
        guard obstacle != nil || json["client_id"] != nil else {
            throw ImportError(.malformed, "it is no file of gcloud: no client_id")
        }
        return try ForeignAccount(
            name: try json.text("account") ?? name ?? "application-default",
            settings: KnownServers.google + [("client_id", try json.text("client_id"))],
            vault: PlainVault(
                refreshToken: try json.secretText("refresh_token"),
                clientSecret: try json.secretText("client_secret"), obstacle: obstacle))
    }

    private static func obstacle(type: String, domain: String) -> ImportError? {
        switch type {
        case "authorized_user" where domain == usualDomain: nil
        case "authorized_user":
            ImportError(.unsupported, "it is of another cloud: \(domain.sanitised(limit: 80))")
        case "service_account":
            ImportError(
                .unsupported, "it is the key of a service account, not a person's login",
                hints: ["this version has no grant for such keys (RFC 7523)"])
        default:
            ImportError(
                .unsupported,
                "credentials of type `\(type.sanitised(limit: 40))` are no login with a refresh token"
            )
        }
    }

    private static let usualDomain = "googleapis.com"
}
