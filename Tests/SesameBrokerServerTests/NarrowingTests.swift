import SesameJSON
import SesamePlayground
import SesameStore
import TestSupport
import Testing

@Suite struct `A token for a caller that may have less` {
    private static func configuration(_ settings: String = "", scope: String = "read") -> String {
        """
        [profile rfc]
        issuer = @/rfc
        base_url = @/rfc/api
        client_id = practice-public
        scope = read write
        \(settings)

        [profile service]
        issuer = @/rfc
        base_url = @/rfc/api
        client_id = practice-service
        grant = client_credentials
        \(settings)

        [caller everybody]
        user = *
        may = manage
        scope = \(scope)

        """
    }

    /// What the API says that the token of a signed request may do.
    private func scope(_ rig: Rig, _ profile: String) async throws -> String? {
        try await rig.send(profile, "/who").signedContent["scope"]?.string
    }

    @Test(arguments: ["narrow = refresh", "narrow = exchange", ""])
    func `has the narrower scope, and the login keeps its own`(setting: String) async throws {
        let rig = try Rig(.unixSocket, Self.configuration(setting))
        try await rig.logIn("rfc")
        let token = try await rig.token("rfc")
        #expect(token.status == 200, "\(token.text)")
        #expect(try token.json["scope"]?.string == "read")
        #expect(try await scope(rig, "rfc") == "read")
        let stored = try await rig.store.credential(of: "rfc")?.value
        #expect(stored?.scope == "read write")
        #expect(stored?.accessToken != nil && stored?.refreshToken != nil)
    }

    @Test(arguments: ["narrow = refresh", "narrow = exchange"])
    func `is asked for once, and held until it expires`(setting: String) async throws {
        let rig = try Rig(.unixSocket, Self.configuration(setting))
        try await rig.logIn("rfc")
        let before = rig.playground.tokenRequests(of: "rfc")
        var tokens: Set<String> = []
        for _ in 0..<5 {
            tokens.insert(try #require(try await rig.token("rfc").json["access_token"]?.string))
        }
        #expect(tokens.count == 1)
        #expect(rig.playground.tokenRequests(of: "rfc") == before + 1)
    }

    @Test func `spends the refresh token once, and the next renewal goes on from there`()
        async throws
    {
        let rig = try Rig(.unixSocket, Self.configuration())
        try await rig.logIn("rfc")
        for _ in 0..<3 {
            let token = try await rig.token("rfc", "?refresh=true")
            #expect(try token.json["scope"]?.string == "read", "\(token.text)")
        }
        let login = try #require(try await rig.store.credential(of: "rfc")?.value)
        #expect(login.ended == nil)
    }

    @Test func `comes from client credentials, too`() async throws {
        let rig = try Rig(.unixSocket, Self.configuration())
        try await rig.give("practice-secret", to: "service")
        let token = try await rig.token("service")
        #expect(try token.json["scope"]?.string == "read", "\(token.text)")
    }

    @Test func `is not had for a scope beyond the caller's`() async throws {
        let rig = try Rig(.unixSocket, Self.configuration())
        try await rig.logIn("rfc")
        let refused = try await rig.token("rfc", "?scope=write")
        #expect(refused.status == 403)
        #expect(refused.problem == "caller_refused")
        #expect(try await rig.token("rfc", "?scope=read").status == 200)
    }

    @Test func `of a client's own credentials goes to no other server, and ends with a logout`()
        async throws
    {
        let rig = try Rig(.unixSocket, Self.configuration())
        try await rig.give("practice-secret", to: "service")
        let first = try await rig.token("service").json["access_token"]?.string
        #expect(try await rig.token("service").json["access_token"]?.string == first)
        #expect(try await rig.call("DELETE", "/profiles/service/grant").status == 200)
        let second = try await rig.token("service").json["access_token"]?.string
        #expect(second != nil && second != first)
        let moved = try await rig.call(
            "PUT", "/profiles/service", #"{"settings":{"base_url":["https://evil.example"]}}"#)
        #expect(moved.status == 200, "\(moved.text)")
        #expect(try await rig.token("service").json["access_token"]?.string != second)
    }

    @Test func `is not had from a login that ends meanwhile`() async throws {
        let rig = try Rig(.unixSocket, Self.configuration("narrow = exchange"))
        try await rig.logIn("rfc")
        var fault = Fault().at(.token, of: "rfc")
        fault.holdsAnswer = true
        rig.playground.install(fault)
        async let caught = rig.token("rfc")
        while rig.playground.service.held == 0 { await Task.yield() }
        #expect(try await rig.call("DELETE", "/profiles/rfc/grant").status == 200)
        rig.playground.service.release()
        #expect(try await caught.status != 200)
        #expect(try await rig.token("rfc").problem == "login_required")
    }

    @Test
    func `that the server refuses spends no refresh token, and is not asked for again at once`()
        async throws
    {
        let rig = try Rig(.unixSocket, Self.configuration("narrow = exchange"))
        try await rig.logIn("rfc")
        let before = rig.playground.tokenRequests(of: "rfc")
        var fault = Fault().at(.token, of: "rfc", count: 10)
        fault.isCarriedOut = false
        fault.answer = Fault.Answer(
            status: 400, contentType: "application/json", body: #"{"error":"invalid_scope"}"#)
        rig.playground.install(fault)
        for _ in 0..<5 { #expect(try await rig.token("rfc").problem == "server_refused") }
        #expect(rig.playground.tokenRequests(of: "rfc") == before + 1)
    }

    @Test func `is another one when what is asked for changes`() async throws {
        let rig = try Rig(.unixSocket, Self.configuration())
        try await rig.give("practice-secret", to: "service")
        let first = try await rig.token("service").json["access_token"]?.string
        let changed = try await rig.call(
            "PUT", "/profiles/service", #"{"settings":{"token.audience":["two"]}}"#)
        #expect(changed.status == 200, "\(changed.text)")
        #expect(try await rig.token("service").json["access_token"]?.string != first)
    }

    @Test func `is narrow, too, when a renewal brings more than the login had`() async throws {
        let rig = try Rig(.unixSocket, Self.configuration(scope: "read"))
        try await rig.logIn("rfc")
        var login = try #require(try await rig.store.credential(of: "rfc")?.value)
        (login.scope, login.accessExpiresAt) = ("read", login.accessReceivedAt)
        try await rig.store.put(login, for: "rfc")
        let token = try await rig.token("rfc")
        #expect(try token.json["scope"]?.string == "read", "\(token.text)")
        #expect(try await scope(rig, "rfc") == "read")
    }

    @Test(arguments: ["plain", "mautic"])
    func `is not had where there is no scope`(profile: String) async throws {
        let rig = try Rig(
            .unixSocket, Rig.profiles + "[caller all]\nuser = *\nmay = manage\nscope = read\n")
        for target in ["/headers?url=/things", "/token"] {
            let answer = try await rig.call("GET", "/profiles/\(profile)\(target)")
            #expect(answer.status != 200 && !answer.text.contains("Basic"), "\(answer.text)")
        }
    }

    @Test func `ends with the login`() async throws {
        let rig = try Rig(.unixSocket, Self.configuration("narrow = exchange"))
        try await rig.logIn("rfc")
        #expect(try await rig.token("rfc").status == 200)
        #expect(try await rig.call("DELETE", "/profiles/rfc/grant").status == 200)
        #expect(try await rig.token("rfc").problem == "login_required")
    }

    @Test func `is refused when the server gives more than was asked for`() async throws {
        let rig = try Rig(.unixSocket, Self.configuration(scope: "read"))
        try await rig.logIn("rfc")
        var fault = Fault().at(.token, of: "rfc")
        fault.isCarriedOut = false
        fault.answer = Fault.Answer(
            status: 200, contentType: "application/json",
            body: #"{"access_token":"a","token_type":"Bearer","scope":"read write"}"#)
        rig.playground.install(fault)
        let refused = try await rig.token("rfc")
        #expect(refused.problem == "server_refused", "\(refused.text)")
        #expect(refused.detail.contains("more than scope read"))
    }
}
