import Glibc
import SesameHTTP
import SesameHTTPServer
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// A server that hands contents over as they come, and answers what a test says.
struct StreamServer {
    let server: HTTPServer
    let port: UInt16

    init(
        streamDeadline: Duration = .seconds(60), _ handler: @escaping ServerHandler
    ) throws {
        var limits = ServerLimits()
        limits.takesStreams = true
        limits.streamDeadline = streamDeadline
        server = try HTTPServer(limits: limits, handler: handler)
        port = try server.listen(loopbackPort: 0)
    }

    /// Sends bytes over a connection of its own, and returns all that comes until the end of it.
    func exchange(_ text: String) async throws -> String {
        let port = port
        return try await offPool {
            let client = try RawSocket(port: port)
            client.send(text)
            return try client.receiveAll()
        }
    }
}

/// Answers with the very pipe that the content comes through.
@Sendable private func mirror(_ request: ServerRequest) async -> ServerResponse {
    var response = ServerResponse(status: 200, body: Secret(utf8: "nothing"))
    response.stream = request.stream
    return response
}

private let post = "POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"

@Suite struct `A server that streams` {
    @Test func `sends back what came, before the rest has come`() async throws {
        let server = try StreamServer(mirror)
        let (first, second) = try await offPool {
            let client = try RawSocket(port: server.port)
            client.send(post + "Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
            let first = try client.receive(upTo: "3\r\none")
            client.send("5;x=y\r\ntwo..\r\n0\r\nTrailer: dropped\r\n\r\n")
            return (first, try client.receiveAll())
        }
        #expect(first.hasPrefix("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"))
        #expect(second == "\r\n5\r\ntwo..\r\n0\r\n\r\n")
    }

    @Test func `keeps the length of a content that has one`() async throws {
        let answer = try await StreamServer(mirror).exchange(
            post + "Content-Length: 5\r\n\r\nhello")
        #expect(answer.contains("\r\nContent-Length: 5\r\n"))
        #expect(answer.hasSuffix("\r\n\r\nhello"))
    }

    @Test func `answers requests that come at once, one after the other`() async throws {
        let server = try StreamServer(mirror)
        let kept = "POST /x HTTP/1.1\r\nHost: x\r\n"
        let requests = [
            kept + "Content-Length: 3\r\n\r\none", "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            kept + "Transfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n",
            post + "Content-Length: 5\r\n\r\nthree",
        ]
        let answer = try await server.exchange(requests.joined())
        #expect(answer.components(of: "HTTP/1.1 200") == 4)
        let contents = ["\r\none", "nothing", "3\r\ntwo\r\n0\r\n", "\r\nthree"]
        let places = contents.compactMap { answer.range(of: $0) }
        #expect(places.count == 4 && places == places.sorted())
    }

    @Test func `holds little of 64 MiB on their way through`() async throws {
        let pipes = Locked<BytePipe?>(nil)
        let server = try StreamServer { request in
            pipes.withLock { $0 = request.stream?.pipe }
            return await mirror(request)
        }
        let size = 64 << 20
        let port = server.port
        let received = try await offPool {
            let client = try RawSocket(port: port)
            try startThread(name: "upload") {
                client.send(post + "Content-Length: \(size)\r\n\r\n")
                let part = [UInt8](repeating: 0x61, count: 1 << 20)
                for _ in 0..<(size >> 20) { client.send(part) }
            }
            _ = try client.receive(upTo: "\r\n\r\n")
            var count = 0
            while true {
                let part = try client.receive()
                if part.isEmpty { return count }
                count += part.count
            }
        }
        #expect(received == size)
        let peak = try #require(pipes.withLock { $0?.peak })
        #expect(peak > 0 && peak <= 262_144, "\(peak)")
    }

    @Test func `says nothing in between once its answer has begun`() async throws {
        let server = try StreamServer(mirror)
        let port = server.port
        let (head, content) = try await offPool {
            let client = try RawSocket(port: port)
            client.send(post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            let head = try client.receive(upTo: "\r\n\r\n")
            client.send("hello")
            return (head, try client.receiveAll())
        }
        #expect(head.hasPrefix("HTTP/1.1 200"))
        #expect(content == "hello")
    }

    @Test func `says 100 before the content and 200 behind it`() async throws {
        let server = try StreamServer { request in
            let content = await request.stream?.pipe.all() ?? .empty
            return ServerResponse(status: 200, body: content)
        }
        let port = server.port
        let (interim, answer) = try await offPool {
            let client = try RawSocket(port: port)
            client.send(post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            let interim = try client.receive(upTo: "\r\n\r\n")
            client.send("hello")
            return (interim, try client.receiveAll())
        }
        #expect(interim == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200") && answer.hasSuffix("hello"))
    }

    @Test func `refuses a content without having asked for it, and closes`() async throws {
        let server = try StreamServer { _ in ServerResponse(status: 403) }
        let answer = try await server.exchange(
            "POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 403"))
        #expect(answer.contains("Connection: close"))
    }

    @Test(arguments: [("1.1", "5\r\nhello"), ("1.0", "hello")])
    func `never lets an answer without its end look whole`(
        version: String, content: String
    ) async throws {
        let pipe = BytePipe()
        let server = try StreamServer { _ in
            var response = ServerResponse(status: 200)
            response.stream = ContentStream(pipe, length: nil)
            return response
        }
        let port = server.port
        let isReset = try await offPool {
            let client = try RawSocket(port: port)
            client.send("GET / HTTP/\(version)\r\nHost: x\r\n\r\n")
            pipe.write(Array("hello".utf8).span)
            _ = try client.receive(upTo: content)
            pipe.fail()
            do throws(SystemError) {
                _ = try client.receiveAll()
                return false
            } catch {
                return error.code == ECONNRESET
            }
        }
        // With chunks the last one is missing; without them only a reset can tell.
        #expect(isReset == (version == "1.0"))
    }

    @Test func `cuts an answer that is not as long as it said`() async throws {
        let server = try StreamServer { _ in
            let pipe = BytePipe()
            pipe.write(Array("hello".utf8).span)
            pipe.finish()
            var response = ServerResponse(status: 200)
            response.stream = ContentStream(pipe, length: 6)
            return response
        }
        let answer = try await server.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(answer.hasSuffix("Content-Length: 6\r\n\r\nhello"))
    }

    @Test(arguments: ["HEAD", "GET"])
    func `sends no content where there is none by the status or the method`(
        method: String
    ) async throws {
        let server = try StreamServer { request in
            let pipe = BytePipe()
            pipe.finish()
            var response = ServerResponse(status: request.method == "HEAD" ? 200 : 304)
            response.stream = ContentStream(pipe, length: 5)
            return response
        }
        let answer = try await server.exchange(
            "\(method) / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(answer.hasSuffix("\r\n\r\n"))
        #expect(answer.contains("Content-Length: 5") == (method == "HEAD"))
    }

    @Test(arguments: [true, false])
    func `notices a client that goes away, before and in its answer`(
        hasBegun: Bool
    ) async throws {
        let pipe = BytePipe()
        let (left, leaving) = AsyncStream<Bool>.makeStream()
        pipe.whenRoom { leaving.yield(true) }
        let server = try StreamServer { _ in
            if !hasBegun { _ = await pipe.whole(within: 1) }
            var response = ServerResponse(status: 200)
            response.stream = ContentStream(pipe, length: nil)
            return response
        }
        let port = server.port
        try await offPool {
            let client = try RawSocket(port: port)
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            if hasBegun { _ = try client.receive(upTo: "\r\n\r\n") }
        }
        for await _ in left { break }
    }

    @Test func `waits for a silent client only so long`() async throws {
        let server = try StreamServer(streamDeadline: .milliseconds(50)) { request in
            let content = await request.stream?.pipe.all()
            return ServerResponse(status: content == nil ? 500 : 200)
        }
        let answer = try await server.exchange(post + "Content-Length: 5\r\n\r\nhel")
        #expect(answer.hasPrefix("HTTP/1.1 408"))
    }

    @Test(arguments: [
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
        "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab",
        "Content-Length: +2\r\n\r\nab",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: identity\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding:\n chunked\r\n\r\n0\r\n\r\n",
        "Expect: 200-ok\r\nContent-Length: 2\r\n\r\nab", "A: b\nC: d\r\n\r\n",
    ])
    func `calls nobody for a request that is framed in two ways`(rest: String) async throws {
        let calls = Locked(0)
        let server = try StreamServer { request in
            calls.withLock { $0 += 1 }
            return await mirror(request)
        }
        let answer = try await server.exchange(
            "POST /x HTTP/1.1\r\nHost: x\r\n\(rest)GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
        let status = try #require(RawAnswer(Array(answer.utf8))).status
        #expect([400, 417, 501].contains(status))
        #expect(answer.components(of: "HTTP/1.1 ") == 1)
        #expect(calls.withLock { $0 } == 0)
    }

    @Test func `knows no chunks of a client of HTTP 1.0`() async throws {
        let answer = try await StreamServer(mirror).exchange(
            "POST /x HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 400"))
    }

    @Test(arguments: [
        "5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello!\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "\r\n", " 5\r\nhello\r\n",
        "5 \r\nhello\r\n0\r\n\r\n", "ffffffffffffffff\r\nx", "5\u{0}\r\nhello\r\n",
        "0\r\n folded: x\r\n\r\n", "0\r\nA: b\n\r\n", "0\r\n\n",
    ])
    func `refuses chunks that are not well formed`(content: String) async throws {
        let server = try StreamServer { request in
            let content = await request.stream?.pipe.all()
            return ServerResponse(status: content == nil ? 599 : 200)
        }
        let answer = try await server.exchange(
            post + "Transfer-Encoding: chunked\r\n\r\n" + content)
        #expect(answer.hasPrefix("HTTP/1.1 400"))
        #expect(answer.components(of: "HTTP/1.1 ") == 1)
    }
}

extension BytePipe {
    /// Takes everything; `nil` where the end does not come.
    func all() async -> Secret? {
        var buffer = SecretBuffer()
        let (changes, change) = AsyncStream<Void>.makeStream()
        whenBytes { change.yield() }
        var iterator = changes.makeAsyncIterator()
        while true {
            switch take() {
            case .piece(let piece):
                piece.bytes.withBytes { buffer.append($0) }
                giveBack(piece)
            case .nothing: await iterator.next()
            case .end: return Secret(buffer)
            case .broken: return nil
            }
        }
    }
}

extension String {
    fileprivate func range(of word: String) -> Int? {
        utf8.indices.first { utf8[$0...].starts(with: word.utf8) }.map {
            utf8.distance(from: utf8.startIndex, to: $0)
        }
    }
}
