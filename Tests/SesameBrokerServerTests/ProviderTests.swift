import SesameBroker
import SesameBrokerAPI
import SesameHTTP
import SesameJSON
import SesamePlayground
import SesameSecrets
import TestSupport
import Testing

@Suite struct `The presets over the API` {
    @Test(arguments: Line.allCases)
    func `are the whole table`(line: Line) async throws {
        let answer = try await Rig(line).call("GET", "/providers")
        #expect(answer.status == 200)
        let providers = try ProvidersMessage(json: answer.json).providers
        #expect(providers.map(\.title) == Provider.all.map(\.title))
        // Help and completion have no broker to ask.
        #expect(providers.flatMap(\.names) == ProviderNames.all)
        for (shown, provider) in zip(providers, Provider.all) {
            #expect(shown.needs.map(\.key) == provider.neededKeys)
            #expect(shown.needs.compactMap(\.form) == provider.neededForms.map(\.form.text))
            #expect(shown.sources.map(\.url) == provider.sources.map(\.url))
            #expect(shown.notes == provider.notes)
            #expect(shown.rotation == provider.rotation.rawValue)
            #expect(shown.pkce == provider.proof.rawValue)
            #expect(shown.lookedUp == "2026-11")
        }
    }

    @Test func `carry every endpoint that is known, with blanks where one depends on the profile`()
        async throws
    {
        let answer = try await Rig().call("GET", "/providers").json
        func setting(_ name: String, _ key: String) -> String? {
            let elements = answer["providers"]?.elements ?? []
            return elements.first { $0["names"]?.elements?.first?.string == name }?["settings"]?[
                key]?.elements?.first?.string
        }
        #expect(
            setting("github", "device_authorization_endpoint")
                == "https://github.com/login/device/code")
        #expect(setting("zoho", "token_endpoint") == "https://accounts.zoho.CENTER/oauth/v2/token")
        #expect(setting("mautic", "token_endpoint") == "https://HOST/oauth/v2/token")
        #expect(
            setting("hubspot", "introspection_endpoint")
                == "https://api.hubapi.com/oauth/2026-03/token/introspect")
        #expect(setting("google", "token_endpoint") == nil)
        #expect(setting("dropbox", "authorize.token_access_type") == "offline")
    }
}

/// Presets whose servers depart from the RFCs, at a practice server that does the same.
@Suite struct `A preset at a server with its quirk` {
    /// Commas in answers, no PKCE, a client secret in the form.
    private static let linkedin = """
        [profile p]
        provider = linkedin
        authorization_endpoint = @/odd/authorize
        token_endpoint = @/odd/token
        base_url = @/odd/api
        client_id = practice-post
        redirect_uri = http://127.0.0.1:0/callback
        scope = read write

        """

    private func rig(_ configuration: String, _ change: (inout Scenario) -> Void) throws -> Rig {
        let standard = try #require(Scenario.builtIn.first { $0.name == "none" })
        var odd = Scenario("odd")
        odd.clients = standard.clients
        odd.discovery = .absent
        odd.sendsIssuer = false
        odd.rotation = .none
        odd.requiresPKCE = false
        change(&odd)
        let scenario = odd
        return try Rig(.unixSocket, configuration) { $0.scenarios.append(scenario) }
    }

    @Test func `logs in without PKCE where that is refused, and reads commas`() async throws {
        let rig = try rig(Self.linkedin) {
            $0.refusesCodeVerifier = true
            $0.grantedScopeSeparator = ","
        }
        try await rig.give("practice-secret", to: "p")
        let done = try await rig.logIn("p")
        #expect(done["state"]?.string == "done", "\(done["error"]?["detail"]?.string ?? "")")
        let token = try await rig.token("p").json
        #expect(token["scope"]?.string == "read write")
        #expect(try await rig.token("p", "?refresh=true").status == 200)
        #expect(
            try await rig.send("p", rig.playground.baseURL.origin + "/odd/api/echo").status == 200)
    }

    /// The other way round: the quirk of the practice server is one.
    @Test func `would not be let in by another's preset`() async throws {
        let github = Self.linkedin.replacing("linkedin", with: "github")
        let rig = try rig(github) { $0.refusesCodeVerifier = true }
        try await rig.give("practice-secret", to: "p")
        let failed = try await rig.logIn("p")
        #expect(failed["state"]?.string == "failed")
        #expect(
            failed["error"]?["detail"]?.string?.contains("does not accept this client") == true)
    }

    @Test func `asks with commas where blanks are refused`() async throws {
        let zoho = """
            [profile p]
            provider = zoho
            authorization_endpoint = @/odd/authorize
            token_endpoint = @/odd/token
            issuer = @/odd
            base_url = @/odd/api
            client_id = practice-post
            redirect_uri = http://127.0.0.1:0/callback
            scope = read write

            """
        let rig = try rig(zoho) { $0.askedScopeSeparator = "," }
        try await rig.give("practice-secret", to: "p")
        #expect(try await rig.logIn("p")["state"]?.string == "done")
        #expect(try await rig.token("p", "?refresh=true").status == 200)
    }
}
