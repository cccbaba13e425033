import SesameJSON
import SesameSecrets

/// The token file of `mutt_oauth2.py`, which comes with mutt and neomutt, once it is decrypted.
///
/// The script names two servers; mutt's keeps client id and secret in the script itself, neomutt's in the file.
enum MuttOAuth2 {
    static func account(in file: Secret) throws(ImportError) -> ForeignAccount {
        guard !isEncrypted(file) else {
            throw ImportError(
                .malformed, "it is encrypted",
                hints: ["gpg --decrypt FILE | sesame import mutt_oauth2 -"])
        }
        let json = try JSON(ofPeer: .muttOAuth2, file)
        guard let registration = try json.text("registration") else {
            throw ImportError(.malformed, "it is no file of mutt_oauth2: no registration")
        }
        let flow = try json.text("authflow")
        let secret = try json.secretText("client_secret")
        return try ForeignAccount(
            name: try json.text("email") ?? registration,
            settings: server(registration, flow) + [
                ("client_id", try json.text("client_id")),
                ("client_auth", secret == nil ? nil : "client_secret_post"),
            ],
            vault: PlainVault(
                refreshToken: try json.secretText("refresh_token"), clientSecret: secret))
    }

    /// Servers that the script does not know have no setting here: the person gives them.
    private static func server(
        _ registration: String, _ flow: String?
    ) -> [(key: String, value: String?)] {
        switch registration {
        case "google": KnownServers.google + [("scope", "https://mail.google.com/")]
        case "microsoft":
            KnownServers.microsoft + [
                ("scope", microsoftScope),
                (
                    "redirect_uri",
                    flow == "localhostauthcode"
                        ? "http://localhost:0/"
                        : "https://login.microsoftonline.com/common/oauth2/nativeclient"
                ),
            ]
        default: []
        }
    }

    /// By the first byte: an armored message, or a packet of OpenPGP (RFC 9580, section 4.2).
    private static func isEncrypted(_ file: Secret) -> Bool {
        file.withBytes { bytes in
            bytes[0] & 0x80 != 0 || bytes.count > 5 && bytes[0] == 0x2D && bytes[4] == 0x2D
        }
    }

    private static let microsoftScope = [
        "offline_access", "https://outlook.office.com/IMAP.AccessAsUser.All",
        "https://outlook.office.com/POP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send",
    ].joined(separator: " ")
}
