import SesameBrokerAPI
import SesameHTTP
import SesameJSON
import SesameSecrets
import SesameSystem
import Testing

@Suite struct `A wire message` {
    @Test func `of a status says null where nothing is known`() throws {
        let text = #"""
            {"profile":"a","grant":"basic","state":"not_set_up","access_expires_at":null,\#
            "login_expires_at":null,"last_renewed_at":null,"last_error":null}
            """#
        let message = StatusMessage(profile: "a", grant: "basic", state: .notSetUp)
        #expect(encoded(message.json) == text)
        #expect(try StatusMessage(json: JSON(parsing: Secret(utf8: text))) == message)
    }

    @Test func `of a status carries times and settings`() throws {
        var message = StatusMessage(profile: "a", grant: "authorization_code", state: .ready)
        message.accessExpiresAt = Timestamp("2026-11-23T08:15:00Z")
        message.lastError = "the server was down"
        message.files = [
            FileStatus(name: "a", path: "/run/a", written: true, error: nil),
            FileStatus(name: "b", path: "/run/b", written: false, error: "no room"),
        ]
        message.settings = Settings([
            .init("allow", ["https://a", "https://b"]), .init("scope", []),
        ])
        #expect(try StatusMessage(json: parsed(message.json)) == message)
        let all = ProfilesMessage(profiles: [message])
        #expect(try ProfilesMessage(json: parsed(all.json)) == all)
    }

    @Test func `of a token keeps the token out of strings`() throws {
        let message = TokenMessage(
            profile: "a", accessToken: Secret(utf8: "s3cret\""), tokenType: "Bearer",
            expiresAt: nil,
            scope: "read")
        let read = try TokenMessage(json: parsed(message.json))
        #expect(read.accessToken.equals(message.accessToken))
        #expect(read.scope == "read")
        #expect(!"\(read)".contains("s3cret"))
    }

    @Test func `of headers takes every value as a secret`() throws {
        var headers = HTTPFields()
        headers.append("Authorization", .secret(Secret(utf8: "Bearer s3cret")))
        headers.append("X-A", "b")
        let message = HeadersMessage(url: "https://a.example/", headers: headers)
        let read = try HeadersMessage(json: parsed(message.json))
        #expect(read.headers.all.map(\.name) == ["Authorization", "X-A"])
        #expect(read.headers.values("X-A").isEmpty)
        #expect(encoded(read.json) == encoded(message.json))
    }

    @Test func `of headers refuses a line break in a value`() throws {
        let json = try JSON(
            parsing: Secret(
                utf8: #"{"url":"https://a/","headers":[{"name":"A","value":"b\r\nC: d"}]}"#))
        #expect(throws: MalformedMessage.self) { try HeadersMessage(json: json) }
    }

    @Test func `of a signed request carries any bytes`() throws {
        let message = SignedRequestMessage(
            method: "POST", url: "/api", body: Secret(copying: [0, 0xFF, 0x0A]), timeout: 9)
        let read = try SignedRequestMessage(json: parsed(message.json))
        #expect(read.body?.dangerouslyRevealedBytes() == [0, 0xFF, 0x0A])
        #expect(read.timeout == 9)
        let answer = SignedResponseMessage(
            status: 201, headers: HTTPFields(), body: Secret(copying: [0xC3]))
        #expect(
            try SignedResponseMessage(json: parsed(answer.json)).body.dangerouslyRevealedBytes()
                == [0xC3])
    }

    @Test(arguments: [
        #"{"method":"GET","url":"/","timeout":0}"#, #"{"method":"GET","url":"/","timeout":1e9}"#,
        #"{"method":"GET /","url":"/"}"#, #"{"method":"","url":"/"}"#, #"{"url":"/"}"#, "[]",
        #"{"method":"GET","url":"/","body":"="}"#, #"{"method":"GET","url":"/","headers":{}}"#,
    ])
    func `of a signed request refuses nonsense`(text: String) throws {
        let json = try JSON(parsing: Secret(utf8: text))
        #expect(throws: MalformedMessage.self) { try SignedRequestMessage(json: json) }
    }

    @Test func `of a login carries the addresses and the reason`() throws {
        var message = LoginMessage(id: "1", profile: "a", state: .failed)
        message.authorizationURL = "https://a.example/authorize?x=y"
        message.redirectURI = "http://127.0.0.1:8400/callback"
        message.error = Problem(.serverRefused, "access_denied", hints: ["ask an administrator"])
        #expect(try LoginMessage(json: parsed(message.json)) == message)
        #expect(
            try LoginStartMessage(json: JSON(parsing: Secret(utf8: "{}"))) == LoginStartMessage())
    }

    @Test func `of a change carries only what is given`() throws {
        let bare = ProfileChangeMessage(settings: Settings([.init("base_url", ["https://a"])]))
        #expect(encoded(bare.json) == #"{"settings":{"base_url":["https://a"]}}"#)
        var full = bare
        full.clientSecret = Secret(utf8: "s")
        full.password = Secret(utf8: "p")
        let read = try ProfileChangeMessage(json: parsed(full.json))
        #expect(read.clientSecret?.dangerouslyRevealedText() == "s")
        #expect(read.username == nil)
        #expect(read.settings == bare.settings)
    }

    @Test func `of a profile and of a logout come back as they went`() throws {
        var profile = ProfileMessage(
            profile: "a", created: true, grant: "basic", settings: Settings(), ready: false)
        profile.redirectURI = "http://127.0.0.1:8400/callback"
        profile.warnings = ["w"]
        profile.instructions = ["i", "j"]
        #expect(try ProfileMessage(json: parsed(profile.json)) == profile)
        let logout = LogoutMessage(
            profile: "a", revoked: false, forgotten: true, note: "no revocation")
        #expect(try LogoutMessage(json: parsed(logout.json)) == logout)
        let health = HealthMessage(version: "0.1.0")
        #expect(try HealthMessage(json: parsed(health.json)) == health)
    }
}

@Suite struct `A problem` {
    @Test(arguments: Problem.Code.allCases)
    func `comes back as it went`(code: Problem.Code) throws {
        let problem = Problem(code, "a detail", hints: ["a hint"])
        #expect(try Problem(json: parsed(problem.json)) == problem)
        #expect((400...599).contains(problem.status))
    }

    @Test(arguments: [TransportError.Code.cannotConnect, .timeout, .connectionLost, .tls, .other])
    func `tells what became of the request`(code: TransportError.Code) throws {
        for sent in [true, false] {
            let error = TransportError(code, "m", mayHaveBeenSent: sent)
            let problem = Problem(.temporary, "d", transport: error)
            #expect(problem.transport?.code == code)
            #expect(problem.transport?.mayHaveBeenSent == sent)
            #expect(try Problem(json: parsed(problem.json)) == problem)
        }
        #expect(!encoded(Problem(.temporary, "d").json).contains("transport"))
    }

    @Test(arguments: [
        (#""transport":"new_in_9","may_have_been_sent":false"#, TransportError.Code.other, false),
        (#""transport":"timeout""#, .timeout, true),
        (#""transport":"timeout","may_have_been_sent":null"#, .timeout, true),
    ])
    func `takes the worst for what it is not told`(
        vector: (members: String, code: TransportError.Code, sent: Bool)
    ) throws {
        let json = try JSON(parsing: Secret(utf8: #"{"code":"temporary",\#(vector.members)}"#))
        let transport = try #require(try Problem(json: json).transport)
        #expect(transport.code == vector.code)
        #expect(transport.mayHaveBeenSent == vector.sent)
    }

    @Test func `of an unknown code is internal`() throws {
        let json = try JSON(
            parsing: Secret(utf8: #"{"code":"new_in_9","title":"New","status":418}"#))
        #expect(try Problem(json: json) == Problem(.internal, "New", status: 418))
    }
}

private func encoded(_ json: JSONValue) -> String { json.encoded().dangerouslyRevealedText() }

private func parsed(_ json: JSONValue) throws -> JSON { try JSON(parsing: json.encoded()) }
