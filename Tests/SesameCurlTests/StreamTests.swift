import SesameCurl
import SesameHTTP
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

private let transport = CurlTransport(.many)

@Suite struct `A streamed exchange` {
    private func open(
        _ url: HTTPURL, method: String = "GET", _ content: StreamedContent? = nil,
        by transport: CurlTransport = transport
    ) async throws -> StreamedAnswer {
        var message = HTTPRequest(method, url)
        message.timeout = patience.components.seconds
        return try await transport.open(StreamedRequest(message, content: content))
    }

    @Test func `has its head before its content is there`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.head()
            connection.write("HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n")
            _ = connection.read(1)
            connection.write("5\r\nhello\r\n0\r\n\r\n")
        }
        let pipe = BytePipe()
        let answer = try await open(
            try server.url(), method: "PUT", StreamedContent(pipe, length: 1))
        #expect(answer.status == 200)
        #expect(answer.fields["X-A"] == "b")
        #expect(answer.length == nil)
        pipe.write([0x61].span)
        pipe.finish()
        #expect(await answer.content.whole(within: 100)?.dangerouslyRevealedText() == "hello")
    }

    @Test func `adds no field that nobody asked for`() async throws {
        let server = try ScriptedServer(answer: "HTTP/1.1 204 No Content\r\n\r\n")
        _ = try await open(try server.url())
        let head = try #require(server.requests.first?.head)
        #expect(head == "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n")
    }

    @Test(arguments: [5, nil])
    func `sends a content as it comes`(length: Int?) async throws {
        let server = try ScriptedServer { connection in
            guard let request = connection.request() else { return }
            var rest = request.body
            if request.field("Transfer-Encoding") == "chunked" {
                while !String(decoding: rest, as: UTF8.self).hasSuffix("0\r\n\r\n") {
                    guard let part = connection.read(100) else { return }
                    rest += part
                }
            }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(rest.count)\r\n\r\n")
            connection.write(rest)
        }
        let pipe = BytePipe()
        async let opened = open(
            try server.url(), method: "PUT", StreamedContent(pipe, length: length))
        pipe.write(Array("hel".utf8).span)
        pipe.write(Array("lo".utf8).span)
        pipe.finish()
        let content = await (try opened).content.whole(within: 100)?.dangerouslyRevealedText()
        let text = try #require(content)
        #expect(length == 5 ? text == "hello" : text.hasSuffix("\r\n0\r\n\r\n"))
    }

    @Test func `holds little of an answer that nobody takes`() async throws {
        let size = 64 << 20
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
            let part = [UInt8](repeating: 0x61, count: 1 << 20)
            for _ in 0..<(size >> 20) { connection.write(part) }
        }
        let answer = try await open(try server.url())
        // More than it may hold is certainly on its way.
        _ = await answer.content.whole(within: 200_000)
        let (changes, change) = AsyncStream<Void>.makeStream()
        answer.content.whenBytes { change.yield() }
        var iterator = changes.makeAsyncIterator()
        var count = 0
        taking: while true {
            switch answer.content.take() {
            case .piece(let piece):
                count += piece.bytes.count
                answer.content.giveBack(piece)
            case .nothing: await iterator.next()
            case .end, .broken: break taking
            }
        }
        #expect(count == size)
        #expect((200_000...262_144).contains(answer.content.peak), "\(answer.content.peak)")
    }

    @Test func `is broken where the answer is`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.head()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
            _ = connection.read(1)
        }
        let pipe = BytePipe()
        let answer = try await open(
            try server.url(), method: "PUT", StreamedContent(pipe, length: 1))
        pipe.write([0x61].span)
        pipe.finish()
        #expect(await answer.content.whole(within: 100) == nil)
        taking: while true {
            switch answer.content.take() {
            case .piece(let piece): answer.content.giveBack(piece)
            case .broken: break taking
            case .nothing, .end:
                Issue.record("half an answer looks whole")
                break taking
            }
        }
    }

    @Test func `ends when nobody wants its answer any more`() async throws {
        let (ends, end) = AsyncStream<Bool>.makeStream()
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
            connection.waitForClose()
            end.yield(true)
        }
        let answer = try await open(try server.url())
        answer.content.abandon()
        for await _ in ends { break }
    }

    @Test func `ends when its content will not come whole`() async throws {
        let server = try ScriptedServer { $0.waitForClose() }
        let pipe = BytePipe()
        let url = try server.url()
        let error = await #expect(throws: TransportError.self) {
            async let opened = open(url, method: "PUT", StreamedContent(pipe, length: 5))
            pipe.write(Array("hel".utf8).span)
            pipe.fail()
            _ = try await opened
        }
        #expect(error?.code != nil)
    }

    /// The server reads the second request on a kept connection, and closes.
    @Test(arguments: [("GET", 3), ("DELETE", 2), ("POST", 2), ("PUT", 2)])
    func `is sent again on a kept connection by reading methods alone`(
        method: String, requests: Int
    ) async throws {
        let server = try ScriptedServer { connection in
            guard connection.request() != nil else { return }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            _ = connection.request()
        }
        var limits = ConnectionLimits.many
        limits.rest = 60
        let transport = CurlTransport(limits)
        _ = await (try open(try server.url(), by: transport)).content.whole(within: 1)
        let pipe = BytePipe()
        pipe.write(Array("hello".utf8).span)
        pipe.finish()
        let content = method == "PUT" ? StreamedContent(pipe, length: 5) : nil
        let url = try server.url()
        if method == "GET" {
            #expect(try await open(url, by: transport).status == 200)
        } else {
            let error = await #expect(throws: TransportError.self) {
                _ = try await open(url, method: method, content, by: transport)
            }
            #expect(error?.code == .connectionLost)
            #expect(error?.mayHaveBeenSent == true)
        }
        #expect(server.requests.count == requests)
    }

    @Test func `can be sent a second time while its beginning is kept`() async throws {
        let server = try ScriptedServer { connection in
            while let request = connection.request() {
                connection.write(
                    "HTTP/1.1 200 OK\r\nContent-Length: \(request.body.count)\r\n\r\n")
                connection.write(request.body)
            }
        }
        for size in [65_536, 65_537] {
            let pipe = BytePipe()
            pipe.write([UInt8](repeating: 0x61, count: size).span)
            pipe.finish()
            let content = StreamedContent(pipe, length: size)
            let url = try server.url()
            _ = await (try open(url, method: "PUT", content)).content.whole(within: size)
            #expect(content.isRepeatable == (size == 65_536))
            guard content.isRepeatable else { continue }
            let again = try await open(url, method: "PUT", content)
            #expect(await again.content.whole(within: size)?.count == size)
        }
    }

    @Test func `asks a server no second time that does not know the question`() async throws {
        let server = try ScriptedServer { connection in
            guard let head = connection.head() else { return }
            if head.field("Expect") != nil {
                connection.write("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")
                return connection.end()
            }
            var body: [UInt8] = []
            while body.count < 5 {
                guard let part = connection.read(5 - body.count) else { return }
                body += part
            }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
            connection.write(body)
            connection.end()
        }
        let pipe = BytePipe()
        pipe.write(Array("hello".utf8).span)
        pipe.finish()
        let content = StreamedContent(pipe, length: 5, expectsContinue: true)
        let answer = try await open(try server.url(), method: "PUT", content)
        #expect(answer.status == 200)
        #expect(await answer.content.whole(within: 9)?.dangerouslyRevealedText() == "hello")
    }
}
