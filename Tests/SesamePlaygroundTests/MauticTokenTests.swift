import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import TestSupport
import Testing

/// Every answer here was captured from a Mautic 7.0.0.
@Suite struct `The token endpoint of the practice Mautic` {
    private static func error(_ message: String, _ type: String, _ status: Int = 400) -> String {
        #"{"errors":[{"message":"\#(message)","code":\#(status),"type":"\#(type)"}]}"#
    }

    @Test func `answers a code with tokens of 86 characters and a scope of null`() async throws {
        let practice = Practice()
        let response = await practice.mauticToken([
            ("grant_type", "authorization_code"), ("code", try await practice.mauticCode()),
            ("redirect_uri", Practice.callback),
        ])
        #expect(response.status == 200)
        #expect(response.fields["Content-Type"] == "application/json")
        #expect(response.fields["Cache-Control"] == "no-store, private")
        #expect(response.fields["Pragma"] == "no-cache")
        let json = try response.json()
        let members = json.members?.map(\.name)
        #expect(members == ["access_token", "expires_in", "token_type", "scope", "refresh_token"])
        #expect(json["access_token"]?.string?.count == 86)
        #expect(json["refresh_token"]?.string?.count == 86)
        #expect(response.text.contains(#""expires_in":3600,"token_type":"bearer","scope":null,"#))
    }

    @Test func `answers client credentials without a refresh token`() async throws {
        let response = await Practice().mauticToken(
            [("grant_type", "client_credentials")], client: Practice.serviceClient)
        let members = try response.json().members?.map(\.name)
        #expect(members == ["access_token", "expires_in", "token_type", "scope"])
    }

    struct Failure: Sendable, CustomTestStringConvertible {
        let name: String
        let form: [(String, String?)]
        let body: String
        var client: String? = Practice.fixed
        var secret: String? = Practice.secret
        var testDescription: String { name }
    }

    static let failures: [Failure] = [
        Failure(
            name: "bogus refresh token",
            form: [("grant_type", "refresh_token"), ("refresh_token", "bogus")],
            body: error("Invalid refresh token", "invalid_grant")),
        Failure(
            name: "no refresh token", form: [("grant_type", "refresh_token")],
            body: error(#"No \u0022refresh_token\u0022 parameter found"#, "invalid_request")),
        Failure(
            name: "bogus code",
            form: [
                ("grant_type", "authorization_code"), ("code", "x"),
                ("redirect_uri", Practice.callback),
            ],
            body: error(#"Code doesn\u0027t exist or is invalid for the client"#, "invalid_grant")),
        Failure(
            name: "no redirect URI", form: [("grant_type", "authorization_code"), ("code", "x")],
            body: error("The redirect URI parameter is required.", "invalid_request")),
        Failure(
            name: "wrong secret", form: [("grant_type", "client_credentials")],
            body: error("The client credentials are invalid", "invalid_client"), secret: "wrong"),
        Failure(
            name: "no secret", form: [("grant_type", "client_credentials")],
            body: error("The client credentials are invalid", "invalid_client"), secret: nil),
        Failure(
            name: "unknown client", form: [("grant_type", "client_credentials")],
            body: error("The client credentials are invalid", "invalid_client"), client: "9_x"),
        Failure(
            name: "no client", form: [("grant_type", "client_credentials")],
            body: error("Client id was not found in the headers or body", "invalid_client"),
            client: nil),
        Failure(
            name: "unknown grant type", form: [("grant_type", "magic")],
            body: error("Invalid grant_type parameter or parameter missing", "invalid_request")),
        Failure(
            name: "no grant type", form: [],
            body: error("Invalid grant_type parameter or parameter missing", "invalid_request")),
        Failure(
            name: "password", form: [("grant_type", "password")],
            body: error("The grant type is unauthorized for this client_id", "unauthorized_client")),
        Failure(
            name: "device code",
            form: [("grant_type", "urn:ietf:params:oauth:grant-type:device_code")],
            body: error("The grant type is unauthorized for this client_id", "unauthorized_client")),
        Failure(
            name: "client credentials of a client that no administrator made",
            form: [("grant_type", "client_credentials")],
            body: error("The grant type is unauthorized for this client_id", "unauthorized_client")),
        Failure(
            name: "a scope", form: [("grant_type", "client_credentials"), ("scope", "read")],
            body: error("An unsupported scope was requested.", "invalid_scope"),
            client: Practice.serviceClient),
    ]

    @Test(arguments: failures)
    func `refuses with the captured body`(_ failure: Failure) async {
        let response = await Practice().post(
            "/mautic/oauth/v2/token",
            [("client_id", failure.client), ("client_secret", failure.secret)] + failure.form)
        #expect(response.status == 400)
        #expect(response.text == failure.body)
        #expect(response.fields["Content-Type"] == "application/json")
        #expect(response.fields["Cache-Control"] == "no-cache, private")
        #expect(!response.fields.contains("WWW-Authenticate"))
        #expect(!response.fields.contains("Mautic-Version"))
    }

    @Test func `spends a refresh token at its first use`() async throws {
        let practice = Practice()
        let token = try await practice.mauticTokens()["refresh_token"]?.string
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)]
        let first = await practice.mauticToken(form)
        #expect(first.status == 200)
        #expect(try first.json()["refresh_token"]?.string != token)
        let second = await practice.mauticToken(form)
        #expect(second.text == Self.error("Invalid refresh token", "invalid_grant"))
        let other = await practice.mauticToken(
            [
                ("grant_type", "refresh_token"),
                ("refresh_token", try first.json()["refresh_token"]?.string),
            ], client: Practice.anyPort)
        #expect(other.text == Self.error("Invalid refresh token", "invalid_grant"))
    }

    @Test func `ends a refresh token after fourteen idle days`() async throws {
        let practice = Practice()
        let token = try await practice.mauticTokens()["refresh_token"]?.string
        practice.time.advance(seconds: 14 * 86_400)
        let response = await practice.mauticToken([
            ("grant_type", "refresh_token"), ("refresh_token", token),
        ])
        #expect(response.text == Self.error("Refresh token has expired", "invalid_grant"))
    }

    @Test func `lets a code live for thirty seconds`() async throws {
        let practice = Practice()
        let code = try await practice.mauticCode()
        practice.time.advance(seconds: 30)
        let response = await practice.mauticToken([
            ("grant_type", "authorization_code"), ("code", code),
            ("redirect_uri", Practice.callback),
        ])
        #expect(response.text == Self.error("The authorization code has expired", "invalid_grant"))
    }

    @Test func `does not spend a code on a failed exchange, but on a good one`() async throws {
        let practice = Practice()
        let code = try await practice.mauticCode()
        let type = ("grant_type", "authorization_code" as String?)
        let wrong = await practice.mauticToken([
            type, ("code", code), ("redirect_uri", "http://127.0.0.1:8400/other"),
        ])
        #expect(
            wrong.text
                == Self.error(
                    "The redirect URI is missing or do not match", "redirect_uri_mismatch"))
        let form = [type, ("code", code), ("redirect_uri", Practice.callback)]
        let stolen = await practice.mauticToken(form, client: Practice.anyPort)
        #expect(stolen.text.contains("invalid for the client"))
        let good = await practice.mauticToken(form)
        #expect(good.status == 200)
        let again = await practice.mauticToken(form)
        #expect(again.text.contains("invalid for the client"))
    }

    @Test func `refuses HTTP Basic while it is off, and takes it while it is on`() async {
        let form = [("grant_type", "client_credentials" as String?)]
        let pair = Base64Text.encode("\(Practice.serviceClient):\(Practice.secret)")
        let off = await Practice().post(
            "/mautic/oauth/v2/token", form, [("Authorization", "Basic " + pair)])
        #expect(off.status == 403)
        #expect(
            off.text
                == Self.error(
                    "Basic Auth disabled. You need to enable HTTP basic auth in the API settings of "
                        + #"Mautic\u0027s Configuration."#, "access_denied", 403))
        let on = await Practice { $0.acceptsBasic = true }.post(
            "/mautic/oauth/v2/token", form, [("Authorization", "Basic " + pair)])
        #expect(on.status == 200)
    }

    @Test func `takes its parameters from JSON and from the URL too`() async {
        let practice = Practice()
        let json = await practice.send(
            "POST", "/mautic/oauth/v2/token", [("Content-Type", "application/json")],
            body: #"{"grant_type":"client_credentials","client_id":"\#(Practice.serviceClient)","#
                + #""client_secret":"\#(Practice.secret)"}"#)
        #expect(json.status == 200)
        let query = practice.encoded([
            ("grant_type", "client_credentials"), ("client_id", Practice.serviceClient),
            ("client_secret", Practice.secret),
        ])
        let url = await practice.send("GET", "/mautic/oauth/v2/token?" + query)
        #expect(url.status == 200)
    }

    @Test func `says when the API is off, and knows neither metadata nor revocation`() async {
        let off = Practice { options in
            options.scenarios = options.scenarios.map { scenario in
                var scenario = scenario
                scenario.hasAPI = false
                return scenario
            }
        }
        let disabled = await off.mauticToken([("grant_type", "refresh_token")])
        #expect(disabled.status == 403)
        #expect(
            disabled.text
                == Self.error(
                    "API disabled. You need to enable the API in the API settings of "
                        + #"Mautic\u0027s Configuration."#, "api_disabled", 403))
        for path in ["/.well-known/oauth-authorization-server", "/oauth/v2/revoke"] {
            let response = await Practice().send("GET", "/mautic" + path)
            #expect(response.status == 404)
            #expect(response.text.hasSuffix(#""code":404,"type":null}]}"#))
        }
    }
}
