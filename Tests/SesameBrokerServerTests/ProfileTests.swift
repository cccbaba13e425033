import SesameBroker
import SesameHTTP
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameStore
import TestSupport
import Testing

@Suite struct `A profile over the API` {
    @Test(arguments: Line.allCases)
    func `is listed with its state, in the order of the configuration`(line: Line) async throws {
        let answer = try await Rig(line).call("GET", "/profiles")
        let profiles = try #require(try answer.json["profiles"]?.elements)
        #expect(profiles.map { $0["profile"]?.string } == ["rfc", "service", "mautic", "plain"])
        #expect(
            profiles.map { $0["state"]?.string } == [
                "login_required", "not_set_up", "login_required", "not_set_up",
            ])
        #expect(profiles[3]["grant"]?.string == "basic")
    }

    @Test(arguments: Line.allCases)
    func `is told with its settings`(line: Line) async throws {
        let rig = try Rig(line)
        let json = try await rig.call("GET", "/profiles/rfc").json
        #expect(json["settings"]?["scope"]?.elements?.map(\.string) == ["read"])
        #expect(json["access_expires_at"] == nil)
        try await rig.logIn("rfc")
        let ready = try await rig.call("GET", "/profiles/rfc").json
        #expect(ready["state"]?.string == "ready")
        #expect(ready["access_expires_at"]?.string?.hasSuffix("Z") == true)
        #expect(ready["last_error"] == nil)
    }

    @Test(arguments: Line.allCases)
    func `is made, checked against its server, and told what to register`(line: Line) async throws {
        let rig = try Rig(line, "")
        let url = rig.playground.issuer("mautic").description
        let answer = try await rig.call(
            "PUT", "/profiles/new",
            #"{"settings":{"provider":["mautic"],"base_url":["\#(url)"],"client_id":["x"]},"#
                + #""client_secret":"canary"}"#)
        #expect(answer.status == 200)
        let json = try answer.json
        #expect(json["created"]?.bool == true)
        #expect(json["grant"]?.string == "authorization_code")
        #expect(json["register"]?["redirect_uri"]?.string == "http://127.0.0.1:8400/callback")
        #expect(json["warnings"]?.elements?.isEmpty == true, "\(answer.text)")
        #expect(json["instructions"]?.elements?.count == 3)
        #expect(json["ready"]?.bool == false)
        #expect(!answer.text.contains("canary"))
        #expect(try rig.configuration.contains("[profile new]\nprovider = mautic\n"))
        #expect(try !rig.configuration.contains("canary"))
    }

    @Test func `changes key by key, and loses those that get no value`() async throws {
        let rig = try Rig()
        let answer = try await rig.call(
            "PUT", "/profiles/rfc",
            #"{"settings":{"scope":[],"allow":["https://a.example","https://b.example"]}}"#)
        let settings = try #require(try answer.json["settings"])
        #expect(try answer.json["created"]?.bool == false)
        #expect(settings["scope"] == nil)
        #expect(settings["allow"]?.elements?.count == 2)
        #expect(settings["client_id"]?.elements?.map(\.string) == ["practice-public"])
    }

    @Test(arguments: [
        (#"{"settings":{"nonsense":["1"]}}"#, 422, "configuration"),
        (#"{"settings":{"base_url":["http://plain.example"]}}"#, 422, "configuration"),
        (#"{"settings":{"scope":["a\nclient_id = b"]}}"#, 422, "configuration"),
        (#"{"settings":{"client_id":[]}}"#, 422, "configuration"),
    ])
    func `is left alone when a change is wrong`(
        body: String, status: Int, code: String
    ) async throws {
        let rig = try Rig()
        let before = try rig.configuration
        let answer = try await rig.call("PUT", "/profiles/rfc", body)
        #expect(answer.status == status)
        #expect(answer.problem == code)
        #expect(try rig.configuration == before)
    }

    @Test(arguments: ["a%20b", ".hidden", "-x", "a%2Fb", String(repeating: "x", count: 65)])
    func `has a plain name`(name: String) async throws {
        let answer = try await Rig().call("PUT", "/profiles/\(name)", #"{"settings":{}}"#)
        #expect(answer.problem == "usage")
    }

    @Test func `with a user name and password is ready without a login`() async throws {
        let rig = try Rig { $0.acceptsBasic = true }
        let made = try await rig.call(
            "PUT", "/profiles/plain", #"{"settings":{},"username":"ada","password":"practice"}"#)
        #expect(try made.json["ready"]?.bool == true)
        let begun = try await rig.call("POST", "/profiles/plain/login", "{}")
        #expect(begun.status == 201)
        #expect(try begun.json["state"]?.string == "done", "\(begun.text)")
        #expect(try begun.json["id"] == nil)
        #expect(try await rig.send("plain", "/api/users/self").json["status"]?.integer == 200)
        #expect(try await rig.token("plain").problem == "usage")
    }

    @Test func `with a wrong password says so at the login`() async throws {
        let rig = try Rig { $0.acceptsBasic = true }
        let login = { try await rig.call("POST", "/profiles/plain/login", "{}") }
        #expect(try await login().problem == "login_required")
        _ = try await rig.call(
            "PUT", "/profiles/plain", #"{"settings":{},"username":"ada","password":"wrong"}"#)
        let answer = try await login()
        #expect(answer.problem == "server_refused", "\(answer.text)")
        #expect(!answer.text.contains("wrong"))
    }

    @Test func `with a broken configuration names the line`() async throws {
        let rig = try Rig(.unixSocket, "[profile a]\nbase_ur = https://x.example\n")
        for target in ["/profiles", "/profiles/a", "/profiles/a/token"] {
            let answer = try await rig.call("GET", target)
            #expect(answer.status == 422)
            #expect(answer.problem == "configuration")
            #expect(answer.detail.contains("line 2: unknown key `base_ur`"))
        }
    }
}
