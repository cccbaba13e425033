import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

@testable import SesameBroker

/// What each preset makes of a profile, in the words of the sources.
@Suite struct `A preset` {
    struct Expected: Sendable {
        let name: String
        let endpoint: String
        /// All that is asked beyond the usual.
        let parameters: [String: String]
        let redirect: String
    }

    /// Each was given the scope `one two` where it needs one.
    static let expected = [
        Expected(
            name: "mautic", endpoint: "https://acme.example/oauth/v2/authorize", parameters: [:],
            redirect: "http://127.0.0.1:8400/callback"),
        Expected(
            name: "github", endpoint: "https://github.com/login/oauth/authorize", parameters: [:],
            redirect: "http://127.0.0.1/callback"),
        Expected(
            name: "gitlab", endpoint: "https://gitlab.com/oauth/authorize", parameters: [:],
            redirect: "http://127.0.0.1/callback"),
        Expected(
            name: "google", endpoint: "https://accounts.google.com/authorize",
            parameters: ["scope": "one two", "access_type": "offline", "prompt": "consent"],
            redirect: "http://127.0.0.1/callback"),
        Expected(
            name: "microsoft", endpoint: "https://login.microsoftonline.com/authorize",
            parameters: ["scope": "one two offline_access"],
            redirect: "http://localhost/callback"),
        Expected(
            name: "atlassian", endpoint: "https://auth.atlassian.com/authorize",
            parameters: [
                "scope": "one two offline_access", "audience": "api.atlassian.com",
                "prompt": "consent",
            ], redirect: "http://localhost:8400/callback"),
        Expected(
            name: "salesforce", endpoint: "https://acme.my.salesforce.com/authorize",
            parameters: ["scope": "one two refresh_token"],
            redirect: "http://localhost:8400/callback"),
        Expected(
            name: "hubspot", endpoint: "https://app.hubspot.com/oauth/authorize",
            parameters: ["scope": "one two"], redirect: "http://localhost:8400/callback"),
        Expected(
            name: "slack", endpoint: "https://slack.com/oauth/v2_user/authorize",
            parameters: ["scope": "one two"], redirect: "http://localhost:8400/callback"),
        Expected(
            name: "keycloak", endpoint: "https://id.example/authorize", parameters: [:],
            redirect: "http://127.0.0.1/callback"),
        Expected(
            name: "auth0", endpoint: "https://acme.eu.auth0.com/authorize",
            parameters: ["scope": "one two offline_access"],
            redirect: "http://localhost:8400/callback"),
        Expected(
            name: "okta", endpoint: "https://acme.okta.com/authorize",
            parameters: ["scope": "one two offline_access"],
            redirect: "http://localhost:8400/callback"),
        Expected(
            name: "zoho", endpoint: "https://accounts.zoho.eu/oauth/v2/auth",
            parameters: ["scope": "one,two", "access_type": "offline", "prompt": "consent"],
            redirect: "http://localhost:8400/callback"),
        Expected(
            name: "linkedin", endpoint: "https://www.linkedin.com/oauth/v2/authorization",
            parameters: ["scope": "one two"], redirect: "http://localhost:8400/callback"),
        Expected(
            name: "dropbox", endpoint: "https://www.dropbox.com/oauth2/authorize",
            parameters: ["token_access_type": "offline"],
            redirect: "http://127.0.0.1:8400/callback"),
    ]

    @Test(arguments: expected)
    func `asks a person in the provider's own way`(_ expected: Expected) async throws {
        let house = try Household(preset: expected.name)
        let (url, parameters) = try await house.asked()
        #expect(url.description.hasPrefix("\(expected.endpoint)?"), "\(url)")
        let usual: Set = [
            "response_type", "client_id", "redirect_uri", "state", "code_challenge",
            "code_challenge_method",
        ]
        let others = parameters.names.filter { !usual.contains($0) }
        #expect(Set(others) == Set(expected.parameters.keys))
        for (name, value) in expected.parameters { #expect(parameters[name] == value, "\(name)") }
        #expect(try house.profile.registeredRedirectURI == expected.redirect)
    }

    @Test func `is tested here for every kind of server`() {
        #expect(Self.expected.map(\.name) == Provider.all.dropFirst().map { $0.names[0] })
    }

    @Test func `gives way to the profile, word for word`() async throws {
        let house = try Household(
            preset: "atlassian",
            [
                "scope": "offline_access three", "authorize.prompt": "login",
                "redirect_uri": "http://127.0.0.1:0/x", "base_url": "https://api.example",
                "authorization_endpoint": "https://id.example/a",
                "token_endpoint": "https://id.example/t",
            ])
        let (url, parameters) = try await house.asked()
        #expect(url.description.hasPrefix("https://id.example/a?"))
        #expect(parameters["scope"] == "offline_access three")
        #expect(parameters["prompt"] == "login")
        #expect(parameters["audience"] == "api.atlassian.com")
        let profile = try house.profile
        #expect(profile.destinations.allowed.map(\.description) == ["https://api.example/"])
        #expect(profile.statedTokenEndpoint?.description == "https://id.example/t")
        // Tokens of another server are not revoked at the preset's.
        #expect(profile.statedRevocationEndpoint == nil)
    }

    @Test func `adds no scope to a grant without a person, nor where none is asked for`() throws {
        let robot = try Household(preset: "okta", ["grant": "client_credentials"]).profile
        #expect(robot.scope == "one two")
        let open = try Household(preset: "keycloak").profile
        #expect(open.scope == nil)
    }

    @Test func `with paths goes by the profile's address`() throws {
        let own = try Household(preset: "gitlab", ["base_url": "https://git.example/gl"]).profile
        #expect(own.statedTokenEndpoint?.description == "https://git.example/gl/oauth/token")
        #expect(
            own.statedRevocationEndpoint?.description == "https://git.example/gl/oauth/revoke")
        let canada = try Household(
            preset: "zoho",
            ["issuer": "https://accounts.zohocloud.ca", "base_url": "https://www.zohoapis.ca"]
        ).profile
        #expect(
            canada.statedTokenEndpoint?.description
                == "https://accounts.zohocloud.ca/oauth/v2/token")
    }

    @Test func `allows all the hosts of an API unless the profile says where it is`() throws {
        let dropbox = try Household(preset: "dropbox").profile
        #expect(
            dropbox.destinations.allowed.map(\.description)
                == ["https://api.dropboxapi.com/", "https://content.dropboxapi.com/"])
        let one = try Household(preset: "dropbox", ["allow": "https://api.dropboxapi.com/2"])
        #expect(
            try one.profile.destinations.allowed.map(\.description)
                == ["https://api.dropboxapi.com/2"])
    }

    /// The profile of another preset is not taken for the same login.
    @Test func `decides whose a login is`() throws {
        let github = try Household(preset: "github").profile
        let gitlab = try Household(preset: "gitlab").profile
        let login = try login(github)
        #expect(login.belongs(to: github))
        #expect(!login.belongs(to: gitlab))
        #expect(try login.belongs(to: Household(preset: "github", ["scope": "x"]).profile))
    }

    private func login(_ profile: Profile) throws -> Credential {
        var credential = Credential(
            accessToken: Secret(utf8: "a"), accessExpiresAt: nil,
            accessReceivedAt: Timestamp(seconds: 0), refreshToken: nil,
            loggedInAt: Timestamp(seconds: 0),
            tokenEndpoint: try #require(profile.statedTokenEndpoint).description, clientID: "cli")
        credential.issuer = profile.issuer
        return credential
    }
}

/// What the table says about time.
@Suite struct `The end of a login, as its kind of server is known` {
    private let begin = Timestamp(seconds: 1_000_000)

    private func end(_ lifetimes: Lifetimes, daysOn: Int64) -> Int64? {
        let now = begin.adding(seconds: daysOn * 86_400)
        return lifetimes.end(ofLoginBegunAt: begin, renewedAt: now)
            .map { begin.seconds(until: $0) / 86_400 }
    }

    @Test func `is the first of what is known`() {
        let both = Lifetimes(login: .days(365), idle: .days(90))
        #expect(end(both, daysOn: 0) == 90)
        #expect(end(both, daysOn: 200) == 290)
        #expect(end(both, daysOn: 300) == 365)
        #expect(end(Lifetimes(login: .untilRevoked, idle: .days(14)), daysOn: 1) == 15)
        #expect(end(Lifetimes(login: .configurable, idle: .notKnown), daysOn: 1) == nil)
    }

    /// The answer has no `expires_in`, nor the end of the refresh token.
    @Test(
        arguments: [
            ("github", Int64(365 * 86_400), Int64(182)), ("salesforce", 900, nil),
            ("slack", 365 * 86_400, 30), ("atlassian", nil, 90), ("okta", nil, 7),
            ("zoho", nil, nil), ("linkedin", nil, 365), ("mautic", nil, 14),
        ] as [(String, Int64?, Int64?)])
    func `stands in where the answer says nothing`(
        name: String, access: Int64?, days: Int64?
    ) throws {
        let profile = try Household(preset: name).profile
        let answer = try TokenResponse.parse(
            .json(#"{"access_token":"a","token_type":"bearer","refresh_token":"r"}"#),
            receivedAt: begin)
        let credential = Credential(
            answer, from: try #require(HTTPURL("https://id.example/t")), profile: profile, at: begin
        )
        #expect(credential.accessExpiresAt.map { begin.seconds(until: $0) } == access)
        #expect(credential.loginExpiresAt.map { begin.seconds(until: $0) / 86_400 } == days)
    }
}
