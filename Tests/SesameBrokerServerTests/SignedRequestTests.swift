import SesameBroker
import SesameHTTP
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameStore
import TestSupport
import Testing

@Suite struct `A signed request over the API` {
    @Test(arguments: Line.allCases)
    func `reaches the resource with method, query, fields and content`(line: Line) async throws {
        let rig = try Rig(line)
        try await rig.logIn("rfc")
        let answer = try await rig.call(
            "POST", "/profiles/rfc/requests",
            #"{"method":"PATCH","url":"/things?a=b%20c","body":"\#(Base64URL.text("hello"))","#
                + #""headers":[{"name":"X-Mine","value":"1"}]}"#)
        #expect(answer.status == 200)
        #expect(try answer.json["status"]?.integer == 200)
        let seen = try answer.signedContent
        #expect(seen["method"]?.string == "PATCH")
        #expect(seen["path"]?.string == "/api/things")
        #expect(seen["query"]?.string == "a=b%20c")
        #expect(seen["body"]?.string == "hello")
        #expect(seen["fields"]?.elements?.contains { $0.string == "X-Mine" } == true)
        #expect(!answer.text.contains("access_token"))
    }

    @Test(arguments: Line.allCases)
    func `gets its fields told where the caller sends it`(line: Line) async throws {
        let rig = try Rig(line)
        try await rig.logIn("rfc")
        let url = rig.playground.baseURL.origin + "/rfc/api/things"
        let answer = try await rig.call("GET", "/profiles/rfc/headers?url=\(url)&method=POST")
        #expect(try answer.json["url"]?.string == url)
        let fields = try #require(try answer.json["headers"]?.elements)
        #expect(fields.map { $0["name"]?.string } == ["Authorization"])
        #expect(fields[0]["value"]?.string?.hasPrefix("Bearer ") == true)
    }

    @Test(arguments: ["TRACE", "trace", "TRACK", "CONNECT"])
    func `is none that would come back with the token in it`(method: String) async throws {
        let rig = try Rig()
        try await rig.logIn("rfc")
        #expect(try await rig.send("rfc", "/things", method: method).problem == "usage")
        let headers = try await rig.call(
            "GET", "/profiles/rfc/headers?url=/things&method=\(method)")
        #expect(headers.problem == "usage")
    }

    @Test func `is renewed and sent once more when the token is refused`() async throws {
        let rig = try Rig()
        try await rig.logIn("rfc")
        rig.playground.expireAccessTokens(of: "rfc")
        #expect(try await rig.send("rfc", "/things").json["status"]?.integer == 200)
        #expect(rig.playground.tokenRequests(of: "rfc") == 2)
    }

    @Test func `is renewed once, however many are refused at the same time`() async throws {
        let rig = try Rig()
        try await rig.logIn("rfc")
        rig.playground.expireAccessTokens(of: "rfc")
        try await withThrowingTaskGroup(of: RawAnswer.self) { group in
            for _ in 0..<24 { group.addTask { try await rig.send("rfc", "/things") } }
            for try await answer in group {
                #expect(try answer.json["status"]?.integer == 200)
            }
        }
        #expect(rig.playground.tokenRequests(of: "rfc") == 2)
    }

    @Test func `is not sent a third time`() async throws {
        let rig = try Rig()
        try await rig.logIn("rfc")
        var fault = Fault()
        fault.answer = Fault.Answer(status: 401, contentType: "text/plain", body: "no")
        fault.answer?.fields = [("WWW-Authenticate", #"Bearer error="invalid_token""#)]
        fault.isCarriedOut = false
        rig.playground.install(fault.at(.api, of: "rfc", count: 3))
        #expect(try await rig.send("rfc", "/things").json["status"]?.integer == 401)
        #expect(rig.playground.tokenRequests(of: "rfc") == 2)
        #expect(rig.playground.service.waitingFaults == 1)
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `gets a redirect as its answer, and no other host the token`(status: Int) async throws {
        let rig = try Rig()
        try await rig.logIn("rfc")
        let foreign = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let target = "http://127.0.0.1:\(foreign.port)/steal"
        let answer = try await rig.send("rfc", "/redirect?status=\(status)&to=\(target)")
        #expect(try answer.json["status"]?.integer == Int64(status))
        let fields = try #require(try answer.json["headers"]?.elements)
        #expect(fields.contains { $0["value"]?.string == target })
        #expect(foreign.connectionCount == 0)
    }

    @Test(arguments: Line.allCases)
    func `goes to the profile's destinations only`(line: Line) async throws {
        let rig = try Rig(line)
        try await rig.logIn("rfc")
        let foreign = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let home = rig.playground.baseURL.origin
        for url in [
            "http://127.0.0.1:\(foreign.port)/rfc/api", "\(home)/rfc/apix", "\(home)/mautic/api",
            "http://plain.example/", "//127.0.0.1:\(foreign.port)/x", "ftp://127.0.0.1/",
            "\(home)/rfc/api/%2e%2e/x", "\(home)/rfc/api/../token", "/../token", "/..%2Ftoken",
            "http://user@127.0.0.1:\(foreign.port)/rfc/api", "things", "",
        ] {
            let sent = try await rig.send("rfc", url)
            #expect(sent.status == 403, "\(url)")
            #expect(sent.problem == "destination_refused")
            let told = try await rig.call("GET", "/profiles/rfc/headers?url=" + url.inQuery)
            #expect(told.problem == "destination_refused", "\(url)")
        }
        #expect(foreign.connectionCount == 0)
    }

    @Test(arguments: ["Authorization", "host", "Content-Length", "transfer-encoding", "DPoP"])
    func `may not bring the broker's own fields`(name: String) async throws {
        let rig = try Rig()
        let answer = try await rig.call(
            "POST", "/profiles/rfc/requests",
            #"{"method":"GET","url":"/x","headers":[{"name":"\#(name)","value":"1"}]}"#)
        #expect(answer.problem == "usage")
    }

    @Test func `is carried as it is, with every byte there can be`() async throws {
        let bytes = (0...255).map { UInt8($0) }
        let server = try ScriptedServer { connection in
            while let request = connection.request() {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(request.body.count)\r\n\r\n")
                connection.write(request.body)
            }
        }
        let rig = try Rig(
            .unixSocket,
            "[profile p]\ngrant = basic\nbase_url = http://127.0.0.1:\(server.port)\n")
        _ = try await rig.call(
            "PUT", "/profiles/p", #"{"settings":{},"username":"u","password":"p"}"#)
        let answer = try await rig.call(
            "POST", "/profiles/p/requests",
            #"{"method":"POST","url":"/","body":"\#(Base64URL.encode(bytes.span))"}"#)
        #expect(try answer.json["body"]?.string == Base64URL.encode(bytes.span))
    }

    @Test func `that fails says whether it may have been sent`() async throws {
        let rig = try Rig()
        try await rig.logIn("rfc")
        rig.playground.install(Fault.dropped.at(.api, of: "rfc", count: 10))
        let lost = try await rig.send("rfc", "/things", method: "POST")
        #expect(lost.problem == "temporary")
        #expect(lost.text.contains("may have acted on the request"))
        await rig.playground.stop()
        let unsent = try await rig.send("rfc", "/things", method: "POST")
        #expect(unsent.problem == "temporary")
        #expect(unsent.text.contains("was not sent"))
    }
}

extension Base64URL {
    static func text(_ text: String) -> String { encode(Array(text.utf8).span) }
}

extension RawAnswer {
    /// The content of the answer that a signed request got.
    var signedContent: JSON {
        get throws {
            let text = try json["body"]?.string ?? ""
            return try JSON(parsing: Base64URL.decode(Array(text.utf8).span) ?? Secret(utf8: ""))
        }
    }
}

extension String {
    /// This text as the value of a query parameter.
    var inQuery: String {
        var out = SecretBuffer(capacity: utf8.count)
        FormParameters.encode(self, into: &out)
        return out.withBytes { String(copying: $0) }
    }
}
