import SesameBroker
import SesameHTTP
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

@Suite struct `A token over the API` {
    @Test(arguments: Line.allCases)
    func `comes from the store until it must be renewed`(line: Line) async throws {
        let rig = try Rig(line)
        try await rig.logIn("rfc")
        let first = try await rig.token("rfc")
        #expect(first.status == 200)
        #expect(try first.json["token_type"]?.string == "Bearer")
        #expect(try first.json["scope"]?.string == "read")
        #expect(try first.json["expires_at"]?.string?.hasSuffix("Z") == true)
        #expect(try await rig.token("rfc").text == first.text)
        #expect(rig.playground.tokenRequests(of: "rfc") == 1)
        for query in ["?refresh=true", "?min_valid=7200"] {
            #expect(try await rig.token("rfc", query).json["access_token"] != nil)
        }
        #expect(rig.playground.tokenRequests(of: "rfc") == 3)
    }

    @Test(arguments: Line.allCases)
    func `needs a person first`(line: Line) async throws {
        let answer = try await Rig(line).token("rfc")
        #expect(answer.status == 409)
        #expect(answer.problem == "login_required")
        #expect(answer.text.contains("sesame login rfc"))
    }

    @Test func `is renewed once for everybody who asks at the same time`() async throws {
        let time = ManualTime()
        let rig = try Rig(time: time)
        try await rig.logIn("rfc")
        // Too old for them; the next one is good enough for those who come late, too.
        time.advance(seconds: 200)
        rig.playground.install(.held)
        async let answers = withThrowingTaskGroup(of: RawAnswer.self) { group in
            for _ in 0..<12 { group.addTask { try await rig.token("rfc", "?min_valid=3500") } }
            return try await group.reduce(into: [RawAnswer]()) { $0.append($1) }
        }
        while rig.playground.service.held == 0 { await Task.yield() }
        rig.playground.service.release()
        #expect(Set(try await answers.map(\.text)).count == 1)
        #expect(rig.playground.tokenRequests(of: "rfc") == 2)
    }

    @Test func `must have the scope that was asked for`() async throws {
        let rig = try Rig()
        try await rig.logIn("rfc")
        #expect(try await rig.token("rfc", "?scope=read").status == 200)
        let refused = try await rig.token("rfc", "?scope=read+write")
        #expect(refused.status == 502)
        #expect(refused.problem == "server_refused")
    }

    @Test func `is for the profile's own resources`() async throws {
        let rig = try Rig(
            .unixSocket, Rig.profiles.replacing("scope = read", with: "resource = @/rfc/api"))
        try await rig.logIn("rfc")
        let resource = rig.playground.baseURL.origin + "/rfc/api"
        #expect(try await rig.token("rfc", "?resource=\(resource)").status == 200)
        #expect(try await rig.token("rfc", "?resource=\(resource)/other").problem == "usage")
    }

    @Test(arguments: Line.allCases)
    func `comes from client credentials without a login`(line: Line) async throws {
        let rig = try Rig(line)
        let missing = try await rig.token("service")
        #expect(missing.status != 200)
        try await rig.give("practice-secret", to: "service")
        #expect(try await rig.token("service").status == 200)
        #expect(try await rig.token("service").status == 200)
        #expect(rig.playground.log.filter { $0.outcome == "issued" }.count == 1)
        let login = try await rig.call("POST", "/profiles/service/login", "{}")
        #expect(login.status == 201)
        #expect(try login.json["state"]?.string == "done")
        #expect(try login.json["id"] == nil)
    }

    @Test func `says what to check when the server refuses the client`() async throws {
        let rig = try Rig()
        try await rig.give("wrong", to: "service")
        let answer = try await rig.token("service")
        #expect(answer.status == 502)
        #expect(answer.problem == "server_refused")
        #expect(answer.text.contains("client_id and the client secret"))
    }

    @Test(arguments: [Fault.serverError, .unavailable, .htmlPage, .forbidden, .dropped])
    func `survives a server in trouble: the grant is kept`(fault: Fault) async throws {
        let rig = try Rig()
        try await rig.logIn("rfc")
        rig.playground.install(fault)
        let answer = try await rig.token("rfc", "?refresh=true")
        #expect(answer.status == 503)
        #expect(answer.problem == "temporary")
        #expect(try await rig.token("rfc", "?refresh=true").status == 200)
    }
}

@Suite struct `Discovery` {
    @Test(arguments: ["rfc", "none", "family"])
    func `finds the server by its issuer alone`(issuer: String) async throws {
        let rig = try Rig(
            .unixSocket, "[profile p]\nissuer = @/\(issuer)\nclient_id = practice-public\n")
        let done = try await rig.logIn("p")
        #expect(done["state"]?.string == "done", "\(done["error"]?["detail"]?.string ?? "")")
        #expect(try await rig.token("p", "?refresh=true").status == 200)
    }

    @Test func `that fails is told at the setup and at the login`() async throws {
        let rig = try Rig(.unixSocket, "")
        let url = rig.playground.issuer("nowhere").description
        let made = try await rig.call(
            "PUT", "/profiles/p",
            #"{"settings":{"issuer":["\#(url)"],"client_id":["practice-public"]}}"#)
        #expect(made.status == 200)
        #expect(try made.json["warnings"]?.elements?.count == 1)
        let login = try await rig.call("POST", "/profiles/p/login", "{}")
        #expect(login.status == 503)
        #expect(login.problem == "temporary")
    }

    @Test func `does not take another issuer's word`() async throws {
        let rig = try Rig(.unixSocket, "[profile p]\nissuer = @/rfc/\nclient_id = x\n")
        let login = try await rig.call("POST", "/profiles/p/login", "{}")
        #expect(login.status != 201)
        #expect(login.problem != nil)
    }
}

@Suite struct `Client authentication` {
    /// What the client is called, its secret, and the profile's settings.
    static let clients: [(PracticeClient, String)] = [
        (.public, ""), (.public, "client_auth = none"),
        (.confidential, ""), (.confidential, "client_auth = client_secret_basic"),
        (.encoded, "basic_encoding = rfc"), (.encoded, ""),
        (.raw, "client_auth = client_secret_basic\nbasic_encoding = raw"),
        (.post, "client_auth = client_secret_post"),
    ]

    @Test(arguments: clients)
    func `is made as the server takes it`(client: PracticeClient, settings: String) async throws {
        let rig = try Rig(
            .unixSocket, "[profile p]\nissuer = @/rfc\nclient_id = \(client.id)\n\(settings)\n")
        if let secret = client.secret { try await rig.give(secret, to: "p") }
        let done = try await rig.logIn("p")
        #expect(done["state"]?.string == "done", "\(done["error"]?["detail"]?.string ?? "")")
        #expect(try await rig.token("p", "?refresh=true").status == 200)
    }

    @Test(arguments: [
        (PracticeClient.post, "client_auth = client_secret_basic"),
        (.confidential, "client_auth = client_secret_post"), (.confidential, "client_auth = none"),
        (.encoded, "basic_encoding = raw"), (.raw, "basic_encoding = rfc"),
    ])
    func `made otherwise is refused, and the login says so`(
        client: PracticeClient, settings: String
    ) async throws {
        let rig = try Rig(
            .unixSocket, "[profile p]\nissuer = @/rfc\nclient_id = \(client.id)\n\(settings)\n")
        if let secret = client.secret { try await rig.give(secret, to: "p") }
        let failed = try await rig.logIn("p")
        #expect(failed["state"]?.string == "failed")
        #expect(failed["error"]?["code"]?.string == "server_refused")
    }
}
