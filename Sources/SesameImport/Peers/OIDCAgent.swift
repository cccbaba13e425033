import SesameJSON
import SesameSecrets

/// An account of oidc-agent, as `oidc-gen --print` prints it (seen with 4.2.6).
///
/// The file itself is sealed by libsodium or GnuPG: the program that has sealed it opens it, not we.
enum OIDCAgent {
    static func account(in file: Secret) throws(ImportError) -> ForeignAccount {
        let json = try JSON(ofPeer: .oidcAgent, file)
        guard let name = try json.text("name"), let clientID = try json.text("client_id") else {
            throw ImportError(
                .malformed, "it is not what oidc-gen --print prints: no name, or no client_id")
        }
        let audience = try json.text("audience")
        return try ForeignAccount(
            name: name,
            settings: [
                ("issuer", try json.text("issuer_url")), ("client_id", clientID),
                ("redirect_uri", try redirectURI(json)), ("scope", try json.text("scope")),
                ("ca_file", try authorities(json)), ("authorize.audience", audience),
                ("token.audience", audience),
            ],
            vault: PlainVault(
                refreshToken: try json.secretText("refresh_token"),
                clientSecret: try json.secretText("client_secret")))
    }

    /// The first of several that a browser can come back by.
    private static func redirectURI(_ json: JSON) throws(ImportError) -> String? {
        for uri in try json.textList("redirect_uris") {
            if let usable = RedirectURI.usable(uri) { return usable }
        }
        return nil
    }

    /// Certificate authorities of the person's own: it names those of the system, too.
    private static func authorities(_ json: JSON) throws(ImportError) -> String? {
        guard let path = try json.text("cert_path"), path.hasPrefix("/") else { return nil }
        return systemFolders.contains(where: path.hasPrefix) ? nil : path
    }

    private static let systemFolders = [
        "/etc/ssl/", "/etc/pki/", "/etc/ca-certificates/", "/usr/share/",
        "/var/lib/ca-certificates/",
    ]
}
