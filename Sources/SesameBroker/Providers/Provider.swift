import SesameHTTP

/// A preset: what is known about one kind of server, as data.
///
/// Nothing asks for a host by name.
struct Provider: Sendable {
    /// The words that `provider =` takes.
    let names: [String]
    /// Paths below `base_url`; `nil` where discovery finds the endpoints.
    var authorizationPath: String?
    var tokenPath: String?
    /// How the client authenticates unless the profile says otherwise.
    var clientAuthentication: String?
    /// The redirect URI that is registered unless the profile says otherwise.
    var redirectURI: String?
    /// Whether the server refuses any `scope`.
    var refusesScope = false
    /// How long a login lives after each renewal, in seconds, where the server does not tell.
    var loginLifetime: Int64?
    /// Whether its API also takes a user name and password (RFC 7617).
    var acceptsBasic = false
    /// A path below `base_url` that answers 401 to a stranger when the API is there.
    var probePath: String?
    /// What to do at the provider before the first use, by grant; `%REDIRECT%` is filled in.
    var instructions: [Profile.Grant: [String]] = [:]
    /// What to do at the provider when tokens cannot be revoked from here.
    var afterLogout: String?

    static func named(_ name: String?) -> Provider {
        guard let name else { return generic }
        return all.first { $0.names.contains(name) } ?? generic
    }

    static let generic = Provider(names: ["generic"])

    static let all = [generic, mautic]

    /// Mautic and Aivie.
    ///
    /// Facts observed on Mautic 7.0.0 and read in 4.4.13 and 5.1.1.
    static let mautic = Provider(
        names: ["mautic", "aivie"],
        authorizationPath: "/oauth/v2/authorize",
        tokenPath: "/oauth/v2/token",
        // Any `Authorization: Basic` on /oauth is answered 403 while the API's Basic Auth is off.
        clientAuthentication: "client_secret_post",
        // Registered URIs are compared with host and port: a port must be fixed.
        redirectURI: "http://127.0.0.1:8400/callback",
        refusesScope: true,
        // api_oauth2_refresh_token_lifetime: 14 days, sliding.
        loginLifetime: 14 * 86_400,
        acceptsBasic: true,
        probePath: "/api/users/self",
        instructions: [
            .authorizationCode: [
                enableAPI,
                "in Mautic: Settings > API Credentials > New: choose OAuth 2, redirect URI %REDIRECT%",
                copyKeys,
            ],
            .clientCredentials: [
                enableAPI,
                "in Mautic, as an administrator: Settings > API Credentials > New: choose OAuth 2;"
                    + " the credential acts with your role",
                copyKeys,
            ],
            .basic: [
                enableAPI,
                "in Mautic: Settings > Configuration > API Settings: set `Enable HTTP basic auth` to Yes",
            ],
        ],
        afterLogout:
            "Mautic cannot revoke tokens: delete the credential in Settings > API Credentials to end them all"
    )

    private static let enableAPI =
        "in Mautic: Settings > Configuration > API Settings: set `API enabled` to Yes"
    private static let copyKeys =
        "copy its public key (client id) and secret key (client secret) into this profile"
}
