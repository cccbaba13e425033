import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import TestSupport
import Testing

@Suite struct `An authorization endpoint` {
    private let practice = Practice()

    @Test func `shows what is asked for, and loads nothing`() async {
        let page = await practice.send("GET", practice.authorizeTarget("rfc"))
        #expect(page.status == 200)
        #expect(page.text.contains("<code>read</code>"))
        #expect(page.text.contains("practice-public"))
        #expect(page.text.contains("http://127.0.0.1:51234"))
        #expect(page.fields["Content-Security-Policy"]?.contains("default-src 'none'") == true)
        #expect(page.fields["Referrer-Policy"] == "no-referrer")
    }

    @Test func `escapes what a request puts into its page`() async {
        let target = practice.authorizeTarget("rfc") + "&x=\"><script>alert(1)</script>"
        let page = await practice.send("GET", target)
        #expect(page.status == 200)
        #expect(page.text.contains("&quot;&gt;&lt;script&gt;"))
        #expect(!page.text.contains("<script"))
    }

    @Test func `sends code, state and issuer back`() async throws {
        let response = await practice.decide(practice.authorizeTarget("rfc"))
        #expect(response.status == 302)
        #expect(try response.callback("state") == "s&1")
        #expect(try response.callback("iss") == Practice.origin + "/rfc")
        #expect(try response.callback("code").count == 43)
        let silent = await practice.decide(practice.authorizeTarget("none"))
        #expect(try silent.callback("iss").isEmpty)
    }

    @Test func `sends a denial back, too`() async throws {
        let response = await practice.decide(practice.authorizeTarget("rfc"), "deny")
        #expect(try response.callback("error") == "access_denied")
        #expect(try response.callback("state") == "s&1")
    }

    @Test func `asks again after a wrong password`() async {
        let response = await practice.decide(practice.authorizeTarget("rfc"), password: "guess")
        #expect(response.status == 403)
        #expect(response.location == nil)
    }

    static let objections: [([String: String?], String)] = [
        (["response_type": "token"], "unsupported_response_type"),
        (["scope": "admin"], "invalid_scope"),
        (["code_challenge": nil], "invalid_request"),
        (["code_challenge_method": nil], "invalid_request"),
        (["code_challenge_method": "plain"], "invalid_request"),
    ]

    @Test(arguments: objections)
    func `answers a faulty request with an error`(
        _ change: [String: String?], _ error: String
    ) async throws {
        let target = practice.authorizeTarget("rfc", change)
        #expect(try await practice.send("GET", target).callback("error") == error)
        #expect(try await practice.decide(target).callback("error") == error)
    }

    @Test(arguments: [
        ["client_id": "nobody"], ["redirect_uri": "https://evil.test/callback"],
        ["redirect_uri": nil],
        ["redirect_uri": "http://127.0.0.1:1/other"],
        ["redirect_uri": "http://127.0.0.1.evil.test:1/callback"],
        ["client_id": "practice-fixed"],
    ])
    func `sends nothing to a redirect URI that is in doubt`(_ change: [String: String?]) async {
        let response = await practice.decide(practice.authorizeTarget("rfc", change))
        #expect(response.status == 400)
        #expect(response.location == nil)
    }
}

@Suite struct `Metadata` {
    private let practice = Practice()

    @Test(arguments: [
        ("/.well-known/oauth-authorization-server/rfc", 200),
        ("/rfc/.well-known/openid-configuration", 200),
        ("/.well-known/oauth-authorization-server/none", 404),
        ("/none/.well-known/openid-configuration", 200),
        ("/.well-known/oauth-authorization-server/family", 200),
        ("/family/.well-known/openid-configuration", 404),
        ("/.well-known/oauth-authorization-server/mautic", 404),
        ("/mautic/.well-known/openid-configuration", 404),
        ("/.well-known/openid-configuration/rfc", 404),
        ("/.well-known/oauth-authorization-server", 404),
    ])
    func `is found where the scenario has it`(_ path: String, _ status: Int) async {
        #expect(await practice.send("GET", path).status == status)
    }

    @Test func `names the issuer, and promises iss only where it is sent`() async throws {
        let rfc = try await practice.send("GET", "/rfc/.well-known/openid-configuration").json()
        #expect(rfc["issuer"]?.string == Practice.origin + "/rfc")
        #expect(rfc["authorization_response_iss_parameter_supported"]?.bool == true)
        let none = try await practice.send("GET", "/none/.well-known/openid-configuration").json()
        #expect(none["authorization_response_iss_parameter_supported"] == nil)
    }
}
