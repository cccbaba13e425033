import SesameCurl
import SesameHTTP
import SesameSecrets
import TestSupport
import Testing

/// Whether a lost request may be sent again hangs on these verdicts.
@Suite struct `A request without an answer` {
    private let transport = CurlTransport()

    private func failure(
        at url: HTTPURL, _ change: (inout HTTPRequest) -> Void = { _ in }
    ) async throws -> TransportError {
        var request = HTTPRequest("POST", url)
        request.body = Secret(utf8: "refresh_token=xyzzy-secret")
        request.timeout = patience.components.seconds
        change(&request)
        let wanted = request
        let error = await #expect(throws: TransportError.self) { try await transport.send(wanted) }
        #expect(error?.description.contains("xyzzy") == false)
        return try #require(error)
    }

    @Test func `was not sent when nobody listens`() async throws {
        let url = try #require(HTTPURL("http://127.0.0.1:\(try ScriptedServer.closedPort())/"))
        let error = try await failure(at: url)
        #expect(error.code == .cannotConnect)
        #expect(!error.mayHaveBeenSent)
        #expect(error.message == "\(url.authority) does not accept connections")
    }

    @Test func `was not sent when the host is unknown`() async throws {
        let url = try #require(HTTPURL("https://sesame-test.invalid/"))
        let error = try await failure(at: url)
        #expect(error.code == .unknownHost)
        #expect(!error.mayHaveBeenSent)
        #expect(error.message.contains("sesame-test.invalid"))
    }

    @Test func `was not sent when the server speaks no TLS`() async throws {
        let server = try ScriptedServer { connection in
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.waitForClose()
        }
        let error = try await failure(at: try server.url(scheme: "https"))
        #expect(error.code == .tls)
        #expect(!error.mayHaveBeenSent)
    }

    @Test func `was not sent when the TLS handshake hangs`() async throws {
        let server = try ScriptedServer { $0.waitForClose() }
        let error = try await failure(at: try server.url(scheme: "https")) { $0.timeout = 1 }
        #expect(error.code == .timeout)
        #expect(!error.mayHaveBeenSent)
        #expect(error.message.contains("TLS handshake"))
    }

    @Test func `may have been sent when the connection closes at once`() async throws {
        let server = try ScriptedServer { _ in }
        let error = try await failure(at: try server.url())
        #expect(error.code == .connectionLost)
        #expect(error.mayHaveBeenSent)
    }

    @Test func `was sent when the server reads it and resets the connection`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.reset()
        }
        let error = try await failure(at: try server.url())
        #expect(error.code == .connectionLost)
        #expect(error.mayHaveBeenSent)
        #expect(server.requests.count == 1)
    }

    @Test(arguments: [HTTPRequest.Connection.fresh, .reusable])
    func `was sent exactly once when the server reads it and closes`(
        connection: HTTPRequest.Connection
    ) async throws {
        let server = try ScriptedServer { _ = $0.request() }
        let error = try await failure(at: try server.url()) { $0.connection = connection }
        #expect(error.code == .connectionLost)
        #expect(error.mayHaveBeenSent)
        #expect(error.message.contains("without an answer"))
        #expect(server.requests.count == 1)
        #expect(server.connectionCount == 1)
    }

    @Test(arguments: [HTTPRequest.Connection.fresh, .reusable], [Secret(utf8: "a=b"), nil])
    func `is never repeated where a connection was kept`(
        connection: HTTPRequest.Connection, body: Secret?
    ) async throws {
        let server = try ScriptedServer { connection in
            while connection.request()?.line.hasPrefix("GET") == true {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
        }
        var first = HTTPRequest("GET", try server.url())
        first.connection = .reusable
        #expect(try await transport.send(first).status == 200)
        let error = try await failure(at: try server.url()) {
            $0.connection = connection
            $0.body = body
        }
        #expect(error.mayHaveBeenSent)
        #expect(server.requests.map(\.line) == ["GET / HTTP/1.1", "POST / HTTP/1.1"])
    }

    @Test func `may have been sent when no answer comes in time`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.waitForClose()
        }
        let error = try await failure(at: try server.url()) { $0.timeout = 2 }
        #expect(error.code == .timeout)
        #expect(error.mayHaveBeenSent)
        #expect(error.message.contains("did not answer within 2 seconds"))
        #expect(server.requests.count == 1)
    }

    @Test func `may have been sent when its task is cancelled later`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.waitForClose()
        }
        let url = try server.url()
        let task = Task { try await failure(at: url) }
        for await _ in server.arrivals { break }
        task.cancel()
        let error = try await task.value
        #expect(error.code == .cancelled)
        #expect(error.mayHaveBeenSent)
    }

    @Test func `was not sent when its task was cancelled before`() async throws {
        let server = try ScriptedServer { _ = $0.request() }
        let url = try server.url()
        let error = try await Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await failure(at: url)
        }.value
        #expect(error.code == .cancelled)
        #expect(!error.mayHaveBeenSent)
        #expect(server.connectionCount == 0)
    }

    @Test func `has its caller back once, whenever the task is cancelled`() async throws {
        let server = try ScriptedServer { connection in
            guard let request = connection.request() else { return }
            if request.line.contains("slow") { return connection.waitForClose() }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        let paths = (0..<100).map { $0 % 2 == 0 ? "/fast" : "/slow" }
        let requests = try paths.map { HTTPRequest("POST", try server.url($0)) }
        let tasks = requests.map { request in Task { try await transport.send(request).status } }
        var arrived = 0
        for await _ in server.arrivals {
            arrived += 1
            if arrived == 30 { break }
        }
        for task in tasks { task.cancel() }
        for (task, path) in zip(tasks, paths) {
            switch await task.result {
            case .success(let status): #expect(status == 200 && path == "/fast")
            case .failure(let error): #expect((error as? TransportError)?.code == .cancelled)
            }
        }
    }

    @Test func `was sent when the answer is cut short`() async throws {
        let server = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        let error = try await failure(at: try server.url())
        #expect(error.code == .connectionLost)
        #expect(error.mayHaveBeenSent)
        #expect(error.message.contains("in the middle of its answer"))
    }

    @Test(arguments: ["Content-Length: 101\r\n", ""])
    func `was sent when the content passes our cap`(length: String) async throws {
        let content = String(repeating: "x", count: 101)
        let server = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\n\(length)\r\n\(content)")
        let error = try await failure(at: try server.url()) { $0.maximumResponseBytes = 100 }
        #expect(error.code == .badResponse)
        #expect(error.mayHaveBeenSent)
        #expect(error.message.contains("more than 100 bytes"))
        var request = HTTPRequest("GET", try server.url())
        request.maximumResponseBytes = 101
        #expect(try await transport.send(request).body.count == 101)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-Blank : a\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok",
        "HTTP/1.1 999 Huh\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "SSH-2.0-x\r\n",
    ])
    func `was sent when the answer is malformed`(answer: String) async throws {
        let server = try ScriptedServer(answer: answer)
        let error = try await failure(at: try server.url())
        #expect(error.mayHaveBeenSent)
        #expect(error.code == .badResponse, "\(error)")
        #expect(server.requests.count == 1)
    }

    @Test func `was sent when the head of the answer has no end`() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.write("HTTP/1.1 200 OK\r\nX-Long: ")
            for _ in 0..<100 { connection.write(String(repeating: "a", count: 10_000)) }
        }
        let error = try await failure(at: try server.url())
        #expect(error.mayHaveBeenSent)
        #expect(error.code == .badResponse, "\(error)")
    }

    @Test func `was sent when a chunk of the answer is malformed`() async throws {
        let server = try ScriptedServer(
            answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        #expect(try await failure(at: try server.url()).mayHaveBeenSent)
    }
}
