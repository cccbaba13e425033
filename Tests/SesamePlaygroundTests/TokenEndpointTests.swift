import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import TestSupport
import Testing

@Suite struct `A token endpoint` {
    private let practice = Practice()

    private func error(_ response: ServerResponse) throws -> String? {
        try response.json()["error"]?.string
    }

    @Test func `redeems a code`() async throws {
        let response = await practice.redeem("rfc", code: try await practice.code("rfc"))
        #expect(response.status == 200)
        #expect(response.fields["Cache-Control"] == "no-store")
        let json = try response.json()
        #expect(json["token_type"]?.string == "Bearer")
        #expect(json["expires_in"]?.integer == 3600)
        #expect(json["scope"]?.string == "read")
        let token = json["access_token"]?.string ?? ""
        let seen = await practice.send(
            "GET", "/rfc/api/echo", [("Authorization", "bearer " + token)])
        #expect(try seen.json()["subject"]?.string == "ada")
    }

    @Test func `wants the verifier and the redirect URI of the request`() async throws {
        let wrong = await practice.redeem(
            "rfc", code: try await practice.code("rfc"), verifier: String(repeating: "w", count: 43)
        )
        #expect(try error(wrong) == "invalid_grant")
        let other = await practice.redeem(
            "rfc", code: try await practice.code("rfc"), redirect: "http://127.0.0.1:1/callback")
        #expect(try error(other) == "invalid_grant")
        let code = try await practice.code("rfc")
        practice.time.advance(seconds: 60)
        #expect(try error(await practice.redeem("rfc", code: code)) == "invalid_grant")
    }

    @Test func `revokes the tokens of a code that comes twice`() async throws {
        let code = try await practice.code("rfc")
        let token = try await practice.redeem("rfc", code: code).json()["refresh_token"]?.string
        #expect(try error(await practice.redeem("rfc", code: code)) == "invalid_grant")
        #expect(try error(await practice.refresh("rfc", token)) == "invalid_grant")
    }

    struct Authentication: Sendable {
        var form: [(String, String?)] = []
        var header: String?
        let status: Int
    }

    static let authentications = [
        Authentication(header: "practice-service:practice-secret", status: 200),
        Authentication(header: "practice-service:wrong", status: 401),
        Authentication(header: "practice-service", status: 401),
        Authentication(
            form: [("client_secret", "practice-secret")],
            header: "practice-service:practice-secret",
            status: 400),
        Authentication(
            form: [("client_id", "practice-post")], header: "practice-service:practice-secret",
            status: 401),
        Authentication(
            form: [("client_id", "practice-service"), ("client_secret", "practice-secret")],
            status: 401),
        Authentication(form: [("client_id", "nobody")], status: 401), Authentication(status: 401),
    ]

    @Test(arguments: authentications)
    func `authenticates a client in its own way only`(_ authentication: Authentication) async {
        let header = authentication.header.map {
            ("Authorization", "Basic " + Base64Text.encode($0))
        }
        let response = await practice.post(
            "/rfc/token", [("grant_type", "client_credentials")] + authentication.form,
            [header].compactMap { $0 })
        #expect(response.status == authentication.status)
        let challenges = response.fields.contains("WWW-Authenticate")
        #expect(challenges == (response.status == 401 && header != nil))
    }

    /// The encoded pair is a test vector of the form encoding that RFC 6749, section 2.3.1 asks for.
    @Test(arguments: [
        ("client%3Aid", "x", 401),
        ("practice%3Aencoded", "sec+ret%2B%25%26%3D%2F%3F%3A%40", 400),
        ("practice:encoded", "sec ret+%&=/?:@", 401),
        ("practice-raw", "p%2Bq+r&s=t", 400), ("practice-raw", "p%252Bq%2Br%26s%3Dt", 401),
    ])
    func `decodes Basic, except for the client that is taken raw`(
        _ name: String, _ secret: String, _ status: Int
    ) async {
        let response = await practice.post(
            "/rfc/token", [("grant_type", "client_credentials")],
            [("Authorization", "Basic " + Base64Text.encode("\(name):\(secret)"))])
        // Who is known gets as far as a grant type that is not its own.
        #expect(response.status == status)
        #expect(response.text.contains(status == 400 ? "unauthorized_client" : "invalid_client"))
    }

    @Test func `refuses what is malformed`() async throws {
        let form = "grant_type=refresh_token&client_id=practice-public&refresh_token=a"
        let type = ("Content-Type", "application/x-www-form-urlencoded")
        let twice = await practice.send(
            "POST", "/rfc/token", [type], body: form + "&refresh_token=b")
        #expect(try error(twice) == "invalid_request")
        let untyped = await practice.send("POST", "/rfc/token", body: form)
        #expect(try error(untyped) == "invalid_request")
        let inURL = await practice.send("POST", "/rfc/token?" + form, [type], body: form)
        #expect(try error(inURL) == "invalid_request")
        #expect(await practice.send("GET", "/rfc/token").status == 405)
        let unknown = await practice.post(
            "/rfc/token", [("grant_type", "password"), ("client_id", "practice-public")])
        #expect(try error(unknown) == "unsupported_grant_type")
    }

    @Test func `revokes a login with its refresh token`() async throws {
        let tokens = try await practice.logIn("rfc")
        let refresh = tokens["refresh_token"]?.string
        let revoked = await practice.post(
            "/rfc/revoke", [("token", refresh), ("client_id", "practice-public")])
        #expect(revoked.status == 200)
        #expect(try error(await practice.refresh("rfc", refresh)) == "invalid_grant")
        let access = "Bearer " + (tokens["access_token"]?.string ?? "")
        let seen = await practice.send("GET", "/rfc/api/echo", [("Authorization", access)])
        #expect(seen.status == 401)
        #expect(seen.fields["WWW-Authenticate"]?.contains(#"error="invalid_token""#) == true)
    }
}
