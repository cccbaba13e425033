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
        standard(
            "none",
            "refresh tokens stay good; found through OpenID Connect only, no iss, no device codes"
        ) {
            $0.rotation = .none
            $0.discovery = .openID
            $0.sendsIssuer = false
            $0.offersDeviceCodes = false
        },
        standard("family", "as rfc; a second use of a refresh token ends the whole login") {
            $0.rotation = .familyRevocation
            $0.discovery = .oauth
        },
        standard(
            "par",
            "as rfc; takes pushed authorization requests only, and proofs of a key where they come"
        ) {
            $0.takesPushedRequestsOnly = true
            $0.proofs = ProofRule(isRequired: false)
        },
        standard("jar", "as rfc; takes authorization requests only that their client has signed") {
            $0.takesSignedRequestsOnly = true
        },
        standard("dpop", "as rfc; gives tokens only that are bound to a key (DPoP)") {
            $0.proofs = ProofRule()
        },
        standard("dpop-nonce", "as dpop; every proof needs the newest nonce") {
            $0.proofs = ProofRule(demandsNonces: true)
        },
        standard(
            "mcp", "as rfc; has a resource that says whose tokens it takes, and registers clients"
        ) {
            $0.describesResource = true
            $0.registersClients = true
            $0.clients = []
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
        scenario.offersDeviceCodes = false
        scenario.codeLifetime = 30
        scenario.scopes = []
        scenario.clients = PracticeClient.mautic
        return scenario
    }
}
