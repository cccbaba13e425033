import Glibc
import SesameCurl
import SesameHTTP
import SesameSecrets
import TestSupport
import Testing

@Suite struct `A curl transport` {
    private let transport = CurlTransport()

    @Test func `sends a form with what the request says and nothing else`() async throws {
        let server = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        var request = HTTPRequest("POST", try server.url("/token?a=%2e%2e/b"))
        request.fields.set("Content-Type", "application/x-www-form-urlencoded")
        request.fields.set("Authorization", .secret(Secret(utf8: "Basic c2VzYW1l")))
        request.fields.set("X-Empty", "")
        request.body = Secret(utf8: "grant_type=refresh_token")
        let answer = try await transport.send(request)

        #expect(answer.status == 200)
        #expect(answer.body.equals(Secret(utf8: "ok")))
        let seen = try #require(server.requests.first)
        #expect(seen.line == "POST /token?a=%2e%2e/b HTTP/1.1")
        #expect(String(decoding: seen.body, as: UTF8.self) == "grant_type=refresh_token")
        let fields = seen.head.split(separator: "\r\n").dropFirst().sorted()
        #expect(
            fields == [
                "Accept-Encoding: identity", "Accept: */*", "Authorization: Basic c2VzYW1l",
                "Content-Length: 24", "Content-Type: application/x-www-form-urlencoded",
                "Host: 127.0.0.1:\(server.port)", "User-Agent: Sesame/0.1", "X-Empty:",
            ])
    }

    @Test(arguments: ["GET", "DELETE", "PATCH", "PUT", "POST", "PROPFIND"])
    func `sends a method without content`(method: String) async throws {
        let server = try ScriptedServer(answer: "HTTP/1.1 204 No Content\r\n\r\n")
        #expect(try await transport.send(HTTPRequest(method, try server.url())).status == 204)
        let seen = try #require(server.requests.first)
        #expect(seen.line == "\(method) / HTTP/1.1")
        let announces = ["PATCH", "PUT", "POST"].contains(method)
        #expect(seen.field("Content-Length") == (announces ? "0" : nil))
        #expect(seen.field("Content-Type") == nil)
        #expect(seen.field("Expect") == nil)
    }

    @Test func `reads the head alone of an answer to HEAD`() async throws {
        let server = try ScriptedServer(
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n")
        let answer = try await transport.send(HTTPRequest("HEAD", try server.url()))
        #expect(answer.fields["content-length"] == "9000000")
        #expect(answer.body.isEmpty)
    }

    @Test func `sends two megabytes in one piece`() async throws {
        let server = try ScriptedServer(answer: "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
        var request = HTTPRequest("PUT", try server.url())
        request.body = Secret(copying: (0..<(2 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        #expect(try await transport.send(request).status == 201)
        let seen = try #require(server.requests.first)
        #expect(request.body?.equals(Secret(copying: seen.body)) == true)
        #expect(seen.field("Expect") == nil)
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `hands a redirect back and does not follow it`(status: Int) async throws {
        let other = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let there = try other.url("/elsewhere").description
        let server = try ScriptedServer(
            answer: "HTTP/1.1 \(status) X\r\nLocation: \(there)\r\nContent-Length: 0\r\n\r\n")
        var request = HTTPRequest("POST", try server.url())
        request.body = Secret(utf8: "secret")
        let answer = try await transport.send(request)
        #expect(answer.status == status)
        #expect(answer.fields["Location"] == there)
        #expect(other.connectionCount == 0)
        #expect(server.requests.count == 1)
    }

    @Test func `leaves encoded content as it came`() async throws {
        let packed: [UInt8] = [0x1F, 0x8B, 0x08, 0x00, 0x01]
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.write(
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n")
            connection.write(packed)
        }
        let answer = try await transport.send(HTTPRequest("GET", try server.url()))
        #expect(answer.fields["Content-Encoding"] == "gzip")
        #expect(answer.body.equals(Secret(copying: packed)))
    }

    @Test func `joins chunks and drops interim answers and trailers`() async throws {
        let server = try ScriptedServer(
            answer: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n"
                + "3\r\nabc\r\n2\r\nde\r\n0\r\nX-A: 2\r\n\r\n")
        let answer = try await transport.send(HTTPRequest("GET", try server.url()))
        #expect(answer.body.equals(Secret(utf8: "abcde")))
        #expect(answer.fields.values("X-A") == ["1"])
        #expect(!answer.fields.contains("Link"))
    }

    @Test func `answers sixty-four requests at once`() async throws {
        let server = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let request = HTTPRequest("POST", try server.url())
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<64 { group.addTask { try await transport.send(request).status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 200, count: 64))
        #expect(server.requests.count == 64)
    }

    @Test(arguments: ["/a/../b", "/a/./b/", "//a//b", "/?x=/../y", "/%2e%2e/b", "/a;b=c,d"])
    func `sends the path as it was checked`(path: String) async throws {
        let server = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        _ = try await transport.send(HTTPRequest("GET", try server.url(path)))
        #expect(server.requests.first?.line == "GET \(path) HTTP/1.1")
    }

    @Test func `keeps no cookies`() async throws {
        let server = try ScriptedServer(
            answer: "HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n")
        for _ in 0..<2 { _ = try await transport.send(HTTPRequest("GET", try server.url())) }
        #expect(server.requests.map { $0.field("Cookie") } == [nil, nil])
    }

    @Test func `lets a request name its own agent and codings`() async throws {
        let server = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        var request = HTTPRequest("GET", try server.url())
        request.fields.set("user-agent", "Other/1")
        request.fields.set("accept-encoding", "gzip")
        _ = try await transport.send(request)
        let head = try #require(server.requests.first?.head.lowercased())
        #expect(head.components(of: "user-agent:") == 1 && head.contains("user-agent: other/1"))
        #expect(head.components(of: "accept-encoding:") == 1 && head.contains("encoding: gzip"))
    }

    @Test func `reaches other machines through its proxy and this one without`() async throws {
        let proxy = try ScriptedServer(answer: "HTTP/1.1 502 Bad Gateway\r\n\r\n")
        let transport = CurlTransport(proxy: "http://127.0.0.1:\(proxy.port)")
        let far = HTTPRequest("POST", try #require(HTTPURL("https://id.example/token?code=xyzzy")))
        let error = await #expect(throws: TransportError.self) { try await transport.send(far) }
        #expect(error?.mayHaveBeenSent == false)
        #expect(proxy.requests.map(\.line) == ["CONNECT id.example:443 HTTP/1.1"])
        #expect(proxy.requests.first?.head.contains("xyzzy") == false)

        let server = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        #expect(try await transport.send(HTTPRequest("GET", try server.url())).status == 200)
        #expect(proxy.connectionCount == 1)
    }

    @Test func `takes its thread along when it goes`() throws {
        func threadCount() throws -> Int {
            let names = try ChildProcess.run(
                "sh", ["-c", "cat /proc/\(getpid())/task/*/comm 2>&-"])
            return names.output.split(separator: "\n").count { $0 == "https" }
        }
        for _ in 0..<300 { CurlTransport().prepare() }
        // Other tests have transports as well, but not that many.
        let deadline = ContinuousClock.now + patience
        while try threadCount() >= 200, ContinuousClock.now < deadline {}
        #expect(try threadCount() < 200)
    }

    @Test func `keeps a connection only for reusable requests that read`() async throws {
        let server = try ScriptedServer { connection in
            while connection.request() != nil {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
        }
        let steps: [(method: String, connection: HTTPRequest.Connection, expected: Int)] = [
            ("GET", .reusable, 1), ("GET", .reusable, 1), ("POST", .reusable, 2),
            ("GET", .fresh, 3),
            ("GET", .reusable, 3),
        ]
        for step in steps {
            var request = HTTPRequest(step.method, try server.url())
            request.connection = step.connection
            #expect(try await transport.send(request).status == 200)
            #expect(server.connectionCount == step.expected)
        }
    }
}

@Suite struct `A request that must not be sent` {
    private let transport = CurlTransport()

    private func refusal(_ change: (inout HTTPRequest) -> Void) async throws -> TransportError {
        let server = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        var request = HTTPRequest("POST", try server.url())
        change(&request)
        let wanted = request
        let error = await #expect(throws: TransportError.self) { try await transport.send(wanted) }
        #expect(server.connectionCount == 0)
        return try #require(error)
    }

    @Test func `goes to another machine without TLS`() async throws {
        let url = try #require(HTTPURL("http://id.example/token"))
        let error = try await refusal { $0.url = url }
        #expect(error.code == .badRequest)
        #expect(!error.mayHaveBeenSent)
        #expect(error.message.contains("https"))
    }

    @Test(arguments: ["", "GET /", "GET\r\nX: y", "CONNECT"])
    func `has a bad method`(method: String) async throws {
        #expect(try await refusal { $0.method = method }.code == .badRequest)
    }

    @Test(arguments: ["a\r\nX-Injected: 1", "a\nb", "a\0b", "a\u{7F}"])
    func `has a bad field value, which is not quoted`(value: String) async throws {
        let plain = try await refusal { $0.fields.set("X-Test", value) }
        let secret = try await refusal { $0.fields.set("X-Test", .secret(Secret(utf8: value))) }
        #expect(plain.code == .badRequest)
        #expect(secret.code == .badRequest)
        #expect(plain.message == "the header field X-Test is malformed")
    }

    @Test(arguments: ["", "X Test", "X-Test:", "X\r\nY", "X-T\u{e4}st"])
    func `has a bad field name`(name: String) async throws {
        #expect(try await refusal { $0.fields.set(name, "1") }.code == .badRequest)
    }

    @Test(arguments: ["Host", "content-length", "Transfer-Encoding", "Connection", "Expect"])
    func `sets a field of the transport`(name: String) async throws {
        #expect(try await refusal { $0.fields.set(name, "1") }.code == .badRequest)
    }

    @Test func `is HEAD with content`() async throws {
        let error = try await refusal {
            $0.method = "HEAD"
            $0.body = Secret(utf8: "x")
        }
        #expect(error.code == .badRequest)
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
