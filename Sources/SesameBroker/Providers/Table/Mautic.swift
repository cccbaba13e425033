extension Provider {
    /// Mautic and Aivie.
    ///
    /// Facts observed on Mautic 7.0.0 and read in 4.4.13 and 5.1.1.
    static let mautic = {
        var mautic = Provider(["mautic", "aivie"], "Mautic or Aivie")
        mautic.baseURL = AddressForm(
            "https://HOST", .init("HOST", "the address of your Mautic", example: "acme.example"))
        mautic.endpoints = PresetEndpoints(
            authorization: "/oauth/v2/authorize", token: "/oauth/v2/token")
        // Any `Authorization: Basic` on /oauth is answered 403 while the API's Basic Auth is off.
        mautic.clientAuthentication = "client_secret_post"
        mautic.needsClientSecret = true
        // Registered URIs are compared with host and port: a port must be fixed.
        mautic.redirectURI = "http://127.0.0.1:8400/callback"
        mautic.proof = .ignored
        mautic.refusesScope = true
        // api_oauth2_access_token_lifetime: 60 minutes. api_oauth2_refresh_token_lifetime: 14 days, sliding.
        mautic.lifetimes = Lifetimes(access: .seconds(3600), login: .untilRevoked, idle: .days(14))
        mautic.rotation = .always
        mautic.probePath = "/api/users/self"
        mautic.notes = [
            "a user name and a password (grant = basic) work too, if an administrator allows it"
        ]
        mautic.instructions = [
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
        ]
        mautic.afterLogout =
            "Mautic cannot revoke tokens: delete the credential in Settings > API Credentials to end them all"
        mautic.sources = [
            Source(
                "https://devdocs.mautic.org/en/7.0/rest_api/authentication.html",
                "endpoints and grants"),
            Source(
                "https://github.com/mautic/mautic/blob/5.x/app/bundles/ApiBundle/Config/config.php",
                "lifetimes"),
            Source(
                "https://github.com/FriendsOfSymfony/oauth2-php/blob/master/lib/OAuth2.php",
                "rotation, redirect URI, no PKCE"),
        ]
        return mautic
    }()

    private static let enableAPI =
        "in Mautic: Settings > Configuration > API Settings: set `API enabled` to Yes"
    private static let copyKeys =
        "copy its public key (client id) and secret key (client secret) into this profile"
}
