import SesameJSON
import TestSupport
import Testing

/// The built programs, and what a server answers to a renewal.
@Suite struct `A hostile answer to a renewal` {
    private typealias Case = HostileProvider.Case

    /// What a renewal may bring, what the command ends with, and which refresh token counts from then on.
    private static let answers: [(answer: Case, end: TokenAnswer.End, next: String)] = [
        (Case("in-order", #""refresh_token":"r-2""#), .token("a-2"), "r-2"),
        // The same one again is no rotation, and neither are these three.
        (Case("the-same", #""refresh_token":"r-1""#), .token("a-2"), "r-1"),
        (Case("empty", #""refresh_token":"""#), .token("a-2"), "r-1"),
        (Case("null", #""refresh_token":null"#), .token("a-2"), "r-1"),
        (Case("none", #""x":1"#), .token("a-2"), "r-1"),
        // Nothing that could be presented: the earlier one may still be good.
        (Case("number", #""refresh_token":7"#), .none(5), "r-1"),
        (Case("line", #""refresh_token":"r\r\nX: y""#), .none(5), "r-1"),
        // What came with a token that cannot be used is the newest all the same.
        (Case("mac", #""refresh_token":"r-2""#, type: #""mac""#), .none(5), "r-2"),
        (Case("dpop", #""refresh_token":"r-2""#, type: #""DPoP""#), .none(5), "r-2"),
        (Case("type-number", #""refresh_token":"r-2""#, type: "7"), .none(5), "r-2"),
        (Case("id-token", #""refresh_token":"r-2","id_token":"a.b.c""#), .none(7), "r-2"),
        // A login of somebody else has no use for this one's.
        (
            Case("another-person") {
                let text = $0.idToken([("sub", "bob")])
                return #""refresh_token":"r-2","id_token":"\#(text)","#
                    + #""access_token":"a-2","token_type":"Bearer""#
            }, .none(7), "r-1"
        ),
    ]

    @Test func `T-17: takes no login away, and gives no token by a doubtful one`() async throws {
        let provider = try HostileProvider(Self.answers.map(\.answer))
        let sesame = try provider.sesame()
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        for (answer, end, next) in Self.answers {
            let name = answer.name
            try await sesame.run("login", name)
            let ended = try await sesame.attempt(["token", name, "--refresh"])
            let comment = Comment(rawValue: "\(name): \(ended.status) \(ended.errors)")
            switch end {
            case .token(let token):
                #expect(ended.status == 0 && ended.output == token + "\n", comment)
            case .none(let status):
                #expect(ended.status == status && ended.output.isEmpty, comment)
                // The held token is good for as long as it was.
                #expect(try await sesame.run("token", name) == "a-1\n", comment)
            }
            #expect(provider.presented(to: name) == ["r-1"], comment)
            #expect(try await sesame.run("token", name, "--refresh") == "later-2\n", comment)
            #expect(provider.presented(to: name) == ["r-1", next], comment)
        }
        #expect(provider.fields("Cookie").isEmpty)
    }

    /// What was granted is shown, and no caller gets a token for more.
    @Test func `T-17: with another scope is no token for the scope that was asked for`()
        async throws
    {
        let cases = [Case("less", #""scope":"openid""#), Case("other", #""scope":"openid write""#)]
        let provider = try HostileProvider(cases)
        let sesame = try provider.sesame()
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        for one in cases {
            try await sesame.run("login", one.name)
            let asked = ["token", one.name, "--scope", "read"]
            #expect(try await sesame.run(asked, input: "") == "a-1\n")
            let renewed = try await sesame.attempt(["token", one.name, "--refresh", "--json"])
            let comment = Comment(rawValue: "\(one.name): \(renewed.output) \(renewed.errors)")
            #expect(renewed.status == 0, comment)
            let granted = try JSON(printed: renewed.output)["scope"]?.string
            #expect(granted == (one.name == "less" ? "openid" : "openid write"), comment)
            let refused = try await sesame.attempt(asked)
            #expect(refused.status != 0 && refused.output.isEmpty, "\(refused.errors)")
        }
    }

    /// Somebody logs in anew, in another process, while the server has the renewal before it.
    @Test func `T-18: that the login is over ends none that another process has begun`()
        async throws
    {
        let practice = try await Practice("strict")
        let refusal = #"{\"error\":\"invalid_grant\"}"#
        try await practice.disturb(
            #"{"holds_request":true,"answer":{"status":400,"#
                + #""content_type":"application/json","body":"\#(refusal)"}}"#)
        let renewal = try practice.sesame.start("token", "work", "--refresh")
        try await practice.waitUntilHeld()
        try await practice.sesame.run("login", "work")
        let token = try await practice.sesame.run("token", "work")
        try await practice.release()
        let ended = try await offPool { try renewal.wait() }
        // Whoever asked gets what counts now.
        #expect(ended.status == 0 && ended.output == token, "\(ended.errors)")
        let status = try JSON(printed: try await practice.sesame.run("status", "work", "--json"))
        #expect(status["state"]?.string == "ready")
        let log = try await practice.log()
        #expect(log.map(\.outcome) == ["fault", "issued"])
        // And it can be renewed.
        #expect(try await practice.sesame.run("token", "work", "--refresh") != token)
        #expect(try await practice.log().last?.presented == log.last?.issued)
    }

    @Test func `T-23: and any other may set cookies, and none comes back`() async throws {
        let one = Case("cookies", #""refresh_token":"r-2""#)
        let provider = try HostileProvider([one])
        let sesame = try provider.sesame()
        let broker = try await sesame.startBroker()
        defer { broker.kill() }
        try await sesame.run("login", one.name)
        for _ in 1...3 {
            try await sesame.run("token", one.name, "--refresh")
            try await sesame.run("request", one.name, "/things")
        }
        #expect(
            provider.requests(of: one.name).suffix(6)
                == (1...3).flatMap { _ in ["POST token", "GET api/things"] }[...])
        #expect(provider.fields("Cookie").isEmpty)
        #expect(provider.fields("Authorization").count == 3)
    }
}

extension HostileProvider.Case {
    /// A renewal that brings an access token, and these members.
    fileprivate init(_ name: String, _ members: String, type: String = #""Bearer""#) {
        self.init(name) { _ in
            #""access_token":"a-2","token_type":\#(type),"expires_in":3600,\#(members)"#
        }
    }

    fileprivate init(
        _ name: String, _ renewal: @escaping @Sendable (HostileProvider.Stage) -> String
    ) {
        self.init(name: name)
        self.renewal = renewal
    }
}
