import SesameHTTP
import SesameJSON
import SesamePlayground
import TestSupport
import Testing

/// The playground's `rfc` with `openid` among its scopes, and faults that put an ID token into its answers.
@Suite struct `A login that asks who the person is` {
    @Test(arguments: ["", "jwks_uri = @/keys"])
    func `needs an ID token where it can be checked, and else goes without`(
        keys: String
    ) async throws {
        let rig = try rig(keys)
        let ended = try await rig.logIn("person")
        guard keys.isEmpty else {
            // There are none at that address: the code is not spent for nothing.
            #expect(ended["state"]?.string == "failed")
            #expect(rig.playground.tokenRequests(of: "rfc") == 0)
            return
        }
        #expect(ended["state"]?.string == "done")
        #expect(try await rig.token("person").status == 200)
    }

    @Test func `is refused by device code too where the ID token is wrong, and keeps nothing`()
        async throws
    {
        let rig = try rig("jwks_uri = @/keys")
        var wrong = Fault()
        wrong.count = 99
        wrong.members = [(name: "id_token", value: "a.b.c")]
        rig.playground.install(wrong)
        let login = try await rig.beginDeviceLogin("person")
        _ = try await PracticeBrowser().open(login.complete)
        let failed = try await rig.call("GET", "/logins/\(login.id)?wait=20").json
        #expect(failed["state"]?.string == "failed")
        #expect(failed["error"]?["code"]?.string == "server_refused")
        #expect(failed["error"]?["detail"]?.string?.contains("the ID token") == true)
        #expect(try await rig.token("person").problem == "login_required")
    }

    @Test func `by device code need not bring an ID token`() async throws {
        let rig = try rig("jwks_uri = @/keys")
        let login = try await rig.beginDeviceLogin("person")
        _ = try await PracticeBrowser().open(login.complete)
        let done = try await rig.call("GET", "/logins/\(login.id)?wait=20").json
        #expect(done["state"]?.string == "done")
    }

    @Test(arguments: ["", "jwks_uri = @/keys"])
    func `is set up with a warning where ID tokens cannot be checked`(keys: String) async throws {
        let rig = try rig(keys)
        let answer = try await rig.call(
            "PUT", "/profiles/person", #"{"settings":{"scope":["openid"]}}"#)
        try #require(answer.status == 200, "\(answer.text)")
        let warnings = try answer.json["warnings"]?.elements?.compactMap(\.string) ?? []
        #expect(warnings.contains { $0.contains("ID tokens are not checked") } == keys.isEmpty)
    }

    @Test(arguments: ["form_post", "query.jwt"])
    func `is not begun in a way back that the server does not offer`(mode: String) async throws {
        let rig = try rig("response_mode = \(mode)")
        let begun = try await rig.call(
            "POST", "/profiles/person/login", #"{"mode":"browser","timeout":60}"#)
        #expect(begun.problem == "configuration")
        #expect(begun.detail.contains("response_mode"))
    }

    private func rig(_ line: String) throws -> Rig {
        let profile = """
            [profile person]
            issuer = @/rfc
            base_url = @/rfc/api
            client_id = practice-public
            scope = openid read
            \(line)

            """
        return try Rig(.unixSocket, profile) { options in
            options.scenarios = options.scenarios.map { scenario in
                var scenario = scenario
                scenario.scopes.append("openid")
                return scenario
            }
        }
    }
}
