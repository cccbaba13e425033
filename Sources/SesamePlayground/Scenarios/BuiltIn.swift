extension Scenario {
    /// The issuers that every playground has.
    package static let builtIn: [Scenario] = [
        standard(
            "rfc", "the RFCs: discovery, PKCE required, iss announced, single-use refresh tokens"),
        mautic,
        standard("strict", "as rfc; a refresh token that was used is refused from then on"),
        standard("grace", "as rfc; a used refresh token gets the same answer for 30 more seconds") {
            $0.rotation = .grace(seconds: 30)
        },
        standard("none", "refresh tokens stay good; found through OpenID Connect only, no iss") {
            $0.rotation = .none
            $0.discovery = .openID
            $0.sendsIssuer = false
        },
        standard("family", "as rfc; a second use of a refresh token ends the whole login") {
            $0.rotation = .familyRevocation
            $0.discovery = .oauth
        },
        standard("slow", "as rfc; every token and API request takes 100 ms") {
            $0.serviceTime = 100
        },
    ]

    private static func standard(
        _ name: String, _ summary: String, _ change: (inout Scenario) -> Void = { _ in }
    ) -> Scenario {
        var scenario = Scenario(name)
        scenario.summary = summary
        scenario.clients = PracticeClient.standard
        change(&scenario)
        return scenario
    }

    private static var mautic: Scenario {
        var scenario = Scenario("mautic")
        scenario.summary = "a Mautic 7: no discovery, no PKCE, its own errors, and the contact API"
        scenario.dialect = .mautic
        scenario.discovery = .absent
        scenario.sendsIssuer = false
        scenario.requiresPKCE = false
        scenario.codeLifetime = 30
        scenario.scopes = []
        scenario.clients = PracticeClient.mautic
        return scenario
    }
}

extension PracticeClient {
    /// The clients of an issuer that follows the RFCs.
    static let standard: [PracticeClient] = [
        make("practice-public", nil, .none, anyLoopbackPort),
        make("practice-confidential", "practice-secret", .basic, anyLoopbackPort),
        make("practice-post", "practice-secret", .post, anyLoopbackPort),
        make("practice-fixed", nil, .none, [.exact("http://127.0.0.1:8400/callback")]),
        make("practice:encoded", "sec ret+%&=/?:@", .basic, anyLoopbackPort),
        make("practice-raw", "p%2Bq+r&s=t", .rawBasic, anyLoopbackPort),
        make("practice-service", "practice-secret", .basic, [], ["client_credentials"]),
    ]

    /// The clients of the Mautic, in the shape of its own: row number, then fifty characters.
    static let mautic: [PracticeClient] = [
        make(
            "1_practice0fixed0port0practice0fixed0port0practice0f", mauticSecret, .post,
            [.prefix("http://127.0.0.1:8400/callback")]),
        make(
            "2_practice0any0port0practice0any0port0practice0any0p", mauticSecret, .post,
            [
                .prefixAnyPort("http://127.0.0.1/callback"),
                .prefixAnyPort("http://localhost/callback"),
            ]),
        make(
            "3_practice0service0practice0service0practice0service", mauticSecret, .post,
            [.prefix("http://127.0.0.1:8400/callback")],
            ["authorization_code", "refresh_token", "client_credentials"]),
    ]

    private static let mauticSecret = "practicesecret0practicesecret0practicesecret0pract"

    private static let anyLoopbackPort: [RedirectRule] = [
        .anyPort("http://127.0.0.1/callback"), .anyPort("http://[::1]/callback"),
        .anyPort("http://localhost/callback"),
    ]

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
