import SesameBroker
import SesameHTTP
import SesameSecrets
import SesameStore
import Testing

@Suite struct `A signed request` {
    private func request(_ method: String = "GET") throws -> HTTPRequest {
        HTTPRequest(method, try #require(HTTPURL("https://localhost/")))
    }

    private func authorization(_ request: HTTPRequest) -> String? {
        for field in request.fields.all where field.name == "Authorization" {
            if case .secret(let secret) = field.value { return secret.dangerouslyRevealedText() }
        }
        return nil
    }

    @Test func `carries the token with a literal Bearer, to a path below the base URL`()
        async throws
    {
        let house = try Household()
        try await house.logIn()
        let response = try await house.broker.send(
            try request(), to: "/api/users/self", for: "aivie")
        #expect(response.status == 200)
        let sent = try #require(house.server.requests.last)
        #expect(sent.url.description == "https://acme.example/api/users/self")
        #expect(authorization(sent) == "Bearer access-1")
    }

    @Test func `is renewed and sent once more when the token is refused`() async throws {
        let house = try Household()
        try await house.logIn()
        house.server.revokeAccessTokens()
        let response = try await house.broker.send(
            try request(), to: "https://acme.example/x", for: "aivie")
        #expect(response.status == 200)
        #expect(house.server.tokenRequests == 1)
        #expect(house.server.requests.count == 3)
    }

    @Test func `is not repeated for a second refusal`() async throws {
        let house = try Household()
        try await house.logIn()
        let refusal = RotatingServer.Fault.answer(
            status: 401, type: "application/json",
            body: #"{"errors":[{"message":"no","code":401,"type":"access_denied"}]}"#)
        house.server.prepare(refusal)
        let response = try await house.broker.send(try request(), to: "/x", for: "aivie")
        #expect(response.status == 401)
        #expect(house.server.requests.count == 1)
    }

    @Test(arguments: [
        "https://evil.test/", "http://acme.example/", "https://acme.example.evil.test/",
        "//evil.test/x",
        "https://acme.example@evil.test/", "https://acme.example:8443/", "/a/%2e%2e/b",
        "/\\evil.test",
    ])
    func `goes nowhere but to the profile's destinations`(url: String) async throws {
        let house = try Household()
        try await house.logIn()
        let error = try #require(
            await failure { () throws(BrokerError) in
                guard let anywhere = HTTPURL("https://localhost/") else { return }
                _ = try await house.broker.send(HTTPRequest("GET", anywhere), to: url, for: "aivie")
            })
        #expect(error.code == .destinationRefused)
        #expect(house.server.requests.isEmpty)
    }

    @Test func `refuses fields that are the broker's own`() async throws {
        let house = try Household()
        try await house.logIn()
        for name in ["Authorization", "HOST", "Content-Length", "transfer-encoding"] {
            var request = try request()
            request.fields.append(name, "x")
            let refused = request
            let error = await failure { () throws(BrokerError) in
                try await house.broker.send(refused, to: "/x", for: "aivie")
            }
            #expect(error?.code == .usage)
        }
        #expect(house.server.requests.isEmpty)
    }

    @Test(arguments: [
        (RotatingServer.Fault.untrusted, "GET", "sesame setup aivie --ca-file FILE"),
        (.unreachable, "POST", "the request was not sent; try again later"),
        (.answerLost, "GET", "try again later"),
        (.answerLost, "POST", "the server may have acted on the request"),
    ])
    private func `that fails on the way says what to do next`(
        _ fault: RotatingServer.Fault, _ method: String, _ hint: String
    ) async throws {
        let house = try Household()
        try await house.logIn()
        house.server.prepare(fault)
        let error = try #require(
            await failure { () throws(BrokerError) in
                guard let anywhere = HTTPURL("https://localhost/") else { return }
                _ = try await house.broker.send(
                    HTTPRequest(method, anywhere), to: "/x", for: "aivie")
            })
        #expect(error.hints.contains { $0.contains(hint) }, "\(error.hints)")
    }

    @Test func `is signed with user name and password where that is the grant`() async throws {
        let house = try Household()
        try await house.store.put(
            ClientSecrets(
                clientSecret: nil, username: Secret(utf8: "Aladdin"),
                password: Secret(utf8: "open sesame")),
            for: "plain")
        let signed = try await house.broker.headers(
            "plain", method: "POST", url: "https://acme.example/api/contacts/new")
        var sent = HTTPRequest("GET", signed.url)
        sent.fields = signed.fields
        #expect(authorization(sent) == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    }
}
