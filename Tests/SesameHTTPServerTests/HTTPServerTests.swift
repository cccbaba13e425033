import SesameHTTP
import SesameHTTPServer
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A server` {
    private static let get = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func `answers requests one after the other on one connection`() async throws {
        let echo = try EchoServer()
        let client = try echo.connect()
        for _ in 1...3 {
            client.send("GET /echo?a=%41 HTTP/1.1\r\nHost: x\r\n\r\n")
            let answer = try await offPool { try client.receiveAnswer() }
            #expect(answer.status == 200)
            #expect(answer.text == "GET /echo?a=%41 loopback")
            #expect(answer["Connection"] == nil)
        }
        await echo.server.stop()
        #expect(await ended(client))
    }

    @Test func `answers pipelined requests in order`() async throws {
        let echo = try EchoServer()
        let client = try echo.connect()
        client.send(
            (1...20).map { "GET /echo?\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined()
                + "GET /echo?last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let all = try await offPool { try client.receiveAll() }
        let order = ((1...20).map(String.init) + ["last"]).map { "GET /echo?\($0) " }
        #expect(all.components(of: "HTTP/1.1 200") == 21)
        var rest = all[...]
        for text in order {
            rest = try #require(
                rest.split(separator: text, maxSplits: 1, omittingEmptySubsequences: false).last)
        }
    }

    @Test func `reads a request that comes byte by byte`() async throws {
        let echo = try EchoServer()
        let client = try echo.connect()
        for byte in Array("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello".utf8) {
            client.send([byte])
        }
        #expect(try await offPool { try client.receiveAnswer() }.text == "hello")
    }

    @Test func `answers HEAD with the length and no content`() async throws {
        let echo = try EchoServer()
        let client = try echo.connect()
        client.send("HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\n" + Self.get)
        let answer = try await offPool { try client.receiveAnswer(toHead: true) }
        #expect(answer["Content-Length"] == "19")
        let first = try #require(
            answer.rest.isEmpty ? try await offPool { try client.receive() } : answer.rest)
        #expect(String(decoding: first.prefix(12), as: UTF8.self) == "HTTP/1.1 200")
    }

    @Test func `delivers a refusal although the client is still sending`() async throws {
        let echo = try EchoServer()
        let client = try echo.connect()
        let all = try await offPool {
            client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
            client.send([UInt8](repeating: 0x61, count: 1_000_000))
            return try client.receiveAll()
        }
        #expect(all.hasPrefix("HTTP/1.1 413 "))
    }

    @Test func `ends a request that drips in beyond its deadline`() async throws {
        var limits = ServerLimits()
        limits.requestDeadline = .milliseconds(80)
        let echo = try EchoServer(limits: limits)
        let client = try echo.connect()
        client.send("GET /echo HTTP/1.1\r\n")
        let all = try await offPool { try client.receiveAll() }
        #expect(all.hasPrefix("HTTP/1.1 408 "))
    }

    @Test func `ends a silent connection`() async throws {
        var limits = ServerLimits()
        (limits.requestDeadline, limits.idleDeadline) = (.milliseconds(80), .milliseconds(80))
        let echo = try EchoServer(limits: limits)
        let silent = try echo.connect()
        #expect(await ended(silent))
        let idle = try echo.connect()
        idle.send(Self.get)
        #expect(try await offPool { try idle.receiveAnswer() }.status == 200)
        #expect(await ended(idle))
    }

    @Test func `serves more clients than it takes at once, one after the other`() async throws {
        var limits = ServerLimits()
        limits.connections = 4
        let echo = try EchoServer(limits: limits)
        let clients = try (1...20).map { _ in try echo.connect() }
        for client in clients {
            client.send("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        }
        let answers = try await offPool { try clients.map { try $0.receiveAll() } }
        #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200 ") })
    }

    @Test func `lets a running request finish when it stops`() async throws {
        let (started, start) = AsyncStream<Void>.makeStream()
        let (released, release) = AsyncStream<Void>.makeStream()
        let server = try HTTPServer { _ in
            start.yield()
            for await _ in released { break }
            return ServerResponse(status: 200)
        }
        let port = try server.listen(loopbackPort: 0)
        let client = try RawSocket(port: port)
        client.send(Self.get)
        for await _ in started { break }
        async let stopped: Void = server.stop()
        release.yield()
        #expect(try await offPool { try client.receiveAll() }.hasPrefix("HTTP/1.1 200 "))
        await stopped
        #expect((try? RawSocket(port: port)) == nil)
    }

    @Test func `serves an adopted connection and is idle when that ends`() async throws {
        let server = try HTTPServer(handler: echo)
        let (mine, theirs) = try FileDescriptor.socketPair()
        server.adopt(connection: FileDescriptor(owning: theirs), peer: .parent)
        do {
            let client = RawSocket(owning: mine)
            client.send(Self.get)
            #expect(try await offPool { try client.receiveAnswer() }.text == "GET /echo parent")
        }
        await server.waitUntilIdle()
    }

    @Test func `keeps the framing to itself`() async throws {
        let server = try HTTPServer { _ in
            var response = ServerResponse(status: 200)
            response.fields.append("Content-Length", "9")
            response.fields.append("Transfer-Encoding", "chunked")
            response.body = Secret(utf8: "four")
            return response
        }
        let client = try RawSocket(port: try server.listen(loopbackPort: 0))
        client.send(Self.get)
        let answer = try await offPool { try client.receiveAnswer() }
        #expect(answer["Content-Length"] == "4")
        #expect(answer["Transfer-Encoding"] == nil)
    }

    @Test func `never sends a field that would split the answer`() async throws {
        let server = try HTTPServer { _ in
            var response = ServerResponse(status: 200)
            response.fields.append("Location", "/a\r\nSet-Cookie: b")
            return response
        }
        let client = try RawSocket(port: try server.listen(loopbackPort: 0))
        client.send(Self.get)
        let answer = try await offPool { try client.receiveAnswer() }
        #expect(answer.status == 500)
        #expect(answer["Set-Cookie"] == nil)
    }

    private func ended(_ client: RawSocket) async -> Bool {
        (try? await offPool { client.isEnded() }) ?? false
    }
}
