import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// RFC 8628, from the server's side.
@Suite struct `The device endpoint of a practice server` {
    private let practice = Practice()

    @Test func `gives what RFC 8628, section 3.2 asks for`() async throws {
        let answer = try await begin()
        #expect(answer["device_code"]?.string?.count == 43)
        let code = try #require(answer["user_code"]?.string)
        #expect(code.count == 9 && code.allSatisfy { "BCDFGHJKLMNPQRSTVWXZ-".contains($0) })
        #expect(answer["verification_uri"]?.string == "\(Practice.origin)/rfc/device")
        #expect(
            answer["verification_uri_complete"]?.string
                == "\(Practice.origin)/rfc/device?user_code=\(code)")
        #expect(answer["expires_in"]?.integer == 600)
        #expect(answer["interval"]?.integer == 1)
    }

    @Test func `is announced where there is one`() async throws {
        for (issuer, isThere) in [("rfc", true), ("none", false)] {
            let metadata = try await practice.send(
                "GET", "/\(issuer)/.well-known/openid-configuration"
            ).json()
            let endpoint = metadata["device_authorization_endpoint"]?.string
            #expect(
                endpoint
                    == (isThere ? "\(Practice.origin)/\(issuer)/device_authorization" : nil))
            let grants = metadata["grant_types_supported"]?.elements?.compactMap(\.string) ?? []
            #expect(grants.contains(Self.grant) == isThere)
        }
        #expect(await request(at: "none").status == 404)
        #expect(try await poll("x", at: "none") == "unsupported_grant_type")
    }

    @Test func `is for clients that were registered for it`() async throws {
        let answer = await request(client: "practice-fixed")
        #expect(answer.status == 400)
        #expect(try answer.json()["error"]?.string == "unauthorized_client")
    }

    @Test func `gives tokens once, to whom the code belongs, when the person has agreed`()
        async throws
    {
        let answer = try await begin()
        let code = try #require(answer["device_code"]?.string)
        #expect(try await poll(code) == "authorization_pending")
        practice.time.advance(seconds: 1)
        #expect(await decide(answer, "allow").status == 200)
        #expect(try await poll(code, client: "practice-post") == "invalid_client")
        let tokens = try await token(code).json()
        #expect(tokens["scope"]?.string == "read")
        #expect(tokens["refresh_token"]?.string?.isEmpty == false)
        practice.time.advance(seconds: 1)
        #expect(try await poll(code) == "invalid_grant")
    }

    @Test func `says slow_down to whom it sees again too early`() async throws {
        let code = try #require(try await begin()["device_code"]?.string)
        #expect(try await poll(code) == "authorization_pending")
        #expect(try await poll(code) == "slow_down")
        practice.time.advance(seconds: 1)
        #expect(try await poll(code) == "authorization_pending")
    }

    @Test func `says when the person has denied, and when the code has expired`() async throws {
        let denied = try await begin()
        #expect(await decide(denied, "deny").status == 200)
        #expect(try await poll(denied["device_code"]?.string ?? "") == "access_denied")
        let expired = try await begin()
        practice.time.advance(seconds: 600)
        #expect(try await poll(expired["device_code"]?.string ?? "") == "expired_token")
        #expect(await decide(expired, "allow").status == 404)
    }

    @Test func `takes the code in any case and without its dash, and the password only if right`()
        async throws
    {
        let answer = try await begin()
        let code = try #require(answer["user_code"]?.string)
        let typed = code.lowercased().filter { $0 != "-" }
        #expect(await decide(answer, "allow", code: typed, password: "wrong").status == 403)
        #expect(try await poll(answer["device_code"]?.string ?? "") == "authorization_pending")
        #expect(await decide(answer, "allow", code: typed).status == 200)
        #expect(await decide(answer, "allow", code: "BBBB-BBBB").status == 404)
    }

    @Test func `shows on its page who asks for what, and escapes what it was given`() async throws {
        let code = try #require(try await begin()["user_code"]?.string)
        let page = await practice.send("GET", "/rfc/device?user_code=\(code)").text
        #expect(page.contains("practice-public asks for") && page.contains("<code>read</code>"))
        let hostile = await practice.send("GET", "/rfc/device?user_code=%22%3E%3Cscript%3E").text
        #expect(!hostile.contains("<script>"))
    }

    @Test(arguments: [
        ("pending", "authorization_pending"), ("slow_down", "slow_down"),
        ("denied", "access_denied"), ("expired", "expired_token"),
    ])
    func `can answer a device with any of the errors`(kind: String, code: String) async throws {
        _ = await practice.send(
            "POST", "/_control/faults", body: #"{"kind":"\#(kind)","count":2}"#)
        #expect(try await poll("x") == code)
        #expect(try await poll("x") == code)
        #expect(try await poll("x") == "invalid_grant")
    }

    @Test func `can leave members out and put others in`() async throws {
        let fault =
            #"{"endpoint":"device","without":["interval","user_code"],"#
            + #""members":{"verification_uri":"javascript:alert(1)","expires_in":-1,"x":[{"y":null}]}}"#
        _ = await practice.send("POST", "/_control/faults", body: fault)
        let changed = try await begin()
        #expect(changed["interval"] == nil && changed["user_code"] == nil)
        #expect(changed["verification_uri"]?.string == "javascript:alert(1)")
        #expect(changed["expires_in"]?.integer == -1)
        #expect(changed["x"]?.elements?.first?.members?.first?.value.isNull == true)
        #expect(changed["device_code"]?.string?.count == 43)
        #expect(try await begin()["user_code"] != nil)
    }

    private static let grant = "urn:ietf:params:oauth:grant-type:device_code"

    private func request(
        at issuer: String = "rfc", client: String = "practice-public"
    ) async -> ServerResponse {
        await practice.post(
            "/\(issuer)/device_authorization", [("client_id", client), ("scope", "read")])
    }

    private func begin() async throws -> JSON { try await request().json() }

    private func token(
        _ code: String, client: String = "practice-public", at issuer: String = "rfc"
    ) async -> ServerResponse {
        await practice.post(
            "/\(issuer)/token",
            [("grant_type", Self.grant), ("device_code", code), ("client_id", client)])
    }

    /// The error that a poll gets.
    private func poll(
        _ code: String, client: String = "practice-public", at issuer: String = "rfc"
    ) async throws -> String? {
        try await token(code, client: client, at: issuer).json()["error"]?.string
    }

    private func decide(
        _ answer: JSON, _ decision: String, code: String? = nil, password: String = "practice"
    ) async -> ServerResponse {
        await practice.post(
            "/rfc/device",
            [
                ("user_code", code ?? answer["user_code"]?.string), ("username", "ada"),
                ("password", password), ("decision", decision),
            ])
    }
}
