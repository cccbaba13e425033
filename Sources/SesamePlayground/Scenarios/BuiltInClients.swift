/// The clients that are registered everywhere, for those who use them from Swift.
extension PracticeClient {
    /// Public, with PKCE, at any loopback port.
    package static let `public` = make("practice-public", nil, .none, anyLoopbackPort, ofPersons)
    /// With a secret by HTTP Basic.
    package static let confidential = make(
        "practice-confidential", "practice-secret", .basic, anyLoopbackPort, ofPersons)
    /// With a secret in the form.
    package static let post = make(
        "practice-post", "practice-secret", .post, anyLoopbackPort, ofPersons)
    /// Public, at one port only, and without device codes.
    package static let fixedPort = make(
        "practice-fixed", nil, .none, [.exact("http://127.0.0.1:8400/callback")])
    /// By HTTP Basic, with a name and a secret that change when they are encoded.
    package static let encoded = make(
        "practice:encoded", "sec ret+%&=/?:@", .basic, anyLoopbackPort)
    /// By HTTP Basic at a server that never decodes.
    package static let raw = make("practice-raw", "p%2Bq+r&s=t", .rawBasic, anyLoopbackPort)
    /// With a secret that is never sent, but signs.
    package static let secretJWT = make(
        "practice-secret-jwt", "practice-secret-that-signs-statements", .secretJWT, anyLoopbackPort,
        ["authorization_code", "refresh_token", "client_credentials"])
    /// With a key of its own.
    package static let privateKeyJWT = make(
        "practice-key-jwt", nil, .privateKeyJWT, anyLoopbackPort,
        ["authorization_code", "refresh_token", "client_credentials", Issuer.jwtBearerGrant])
    /// For what needs no person: client credentials, and tokens of others that it exchanges.
    package static let service = make(
        "practice-service", "practice-secret", .basic, [],
        ["client_credentials", Issuer.exchangeGrant])

    /// At the Mautic, with the one port that is registered.
    package static let mauticFixedPort = make(
        "1_practice0fixed0port0practice0fixed0port0practice0f", mauticSecret, .post,
        [.prefix("http://127.0.0.1:8400/callback")])
    /// At the Mautic, at any port, so that tests can run side by side.
    package static let mauticAnyPort = make(
        "2_practice0any0port0practice0any0port0practice0any0p", mauticSecret, .post,
        [.prefixAnyPort("http://127.0.0.1/callback"), .prefixAnyPort("http://localhost/callback")])
    /// At the Mautic, made by an administrator: it may use client credentials.
    package static let mauticService = make(
        "3_practice0service0practice0service0practice0service", mauticSecret, .post,
        [.prefix("http://127.0.0.1:8400/callback")],
        ["authorization_code", "refresh_token", "client_credentials"])

    static let standard = [
        `public`, confidential, post, fixedPort, encoded, raw, secretJWT, privateKeyJWT, service,
    ]
    static let mautic = [mauticFixedPort, mauticAnyPort, mauticService]

    private static let mauticSecret = "practicesecret0practicesecret0practicesecret0pract"

    private static let anyLoopbackPort: [RedirectRule] = [
        .anyPort("http://127.0.0.1/callback"), .anyPort("http://[::1]/callback"),
        .anyPort("http://localhost/callback"),
    ]

    /// The ways for a person to log in.
    private static let ofPersons = ["authorization_code", "refresh_token", Issuer.deviceGrant]

    private static func make(
        _ id: String, _ secret: String?, _ authentication: Authentication,
        _ redirects: [RedirectRule],
        _ grantTypes: [String] = ["authorization_code", "refresh_token"]
    ) -> PracticeClient {
        var client = PracticeClient(id)
        client.secret = secret
        client.authentication = authentication
        client.redirects = redirects
        client.grantTypes = grantTypes
        client.name = id.hasPrefix("practice") ? id : "practice client \(id.prefix(1))"
        return client
    }
}
