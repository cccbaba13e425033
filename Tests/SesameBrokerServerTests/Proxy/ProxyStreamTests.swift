import Glibc
import SesameBroker
import SesameBrokerServer
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesamePlayground
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `A stream through a proxy` {
    @Test func `runs in both directions at once`() async throws {
        let rig = try await ProxyRig { connection in
            guard connection.head() != nil, connection.waitFor("one") else { return }
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nONE\r\n")
            guard connection.waitFor("two") else { return }
            connection.write("3\r\nTWO\r\n")
            guard connection.waitFor("0\r\n\r\n") else { return }
            connection.write("0\r\n\r\n")
        }
        let (host, port) = (rig.host, rig.port)
        let parts = try await offPool {
            let client = try RawSocket(port: port)
            client.send(
                "POST /x HTTP/1.1\r\nHost: \(host)\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n"
            )
            let first = try client.receive(upTo: "ONE")
            client.send("3\r\ntwo\r\n")
            let second = try client.receive(upTo: "TWO")
            client.send("0\r\n\r\n")
            return (first, second, try client.receive(upTo: "0\r\n\r\n"))
        }
        #expect(parts.0.hasPrefix("HTTP/1.1 200") && parts.1.hasSuffix("TWO"))
    }

    @Test(arguments: [
        "Content-Length: 9\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ])
    func `that breaks off looks broken off`(answer: String) async throws {
        let rig = try await ProxyRig { connection in
            _ = connection.head()
            connection.write("HTTP/1.1 200 OK\r\n\(answer)")
            _ = connection.waitFor("0\r\n\r\n")
        }
        let (host, port) = (rig.host, rig.port)
        let text = try await offPool {
            let client = try RawSocket(port: port)
            client.send(
                "POST /x HTTP/1.1\r\nHost: \(host)\r\nTransfer-Encoding: chunked\r\n\r\n")
            let beginning = try client.receive(upTo: "half")
            client.send("0\r\n\r\n")
            return beginning + (try client.receiveAll())
        }
        #expect(!text.contains("\r\n0\r\n"))
        #expect(text.contains("Content-Length: 9") || text.contains("chunked"))
    }

    @Test(arguments: [false, true])
    func `ends at the server when the client goes away`(hasBegun: Bool) async throws {
        let (ends, end) = AsyncStream<Void>.makeStream()
        let rig = try await ProxyRig { connection in
            _ = connection.request()
            if hasBegun {
                connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
            }
            connection.waitForClose()
            end.yield()
        }
        let (host, port) = (rig.host, rig.port)
        let client = try RawSocket(port: port)
        client.send("GET /x HTTP/1.1\r\nHost: \(host)\r\n\r\n")
        for await _ in rig.upstream.arrivals { break }
        try await offPool {
            if hasBegun { _ = try client.receive(upTo: "hi") }
            client.end()
        }
        for await _ in ends { break }
    }

    @Test func `that the client does not send whole is not sent whole`() async throws {
        let (ends, end) = AsyncStream<String>.makeStream()
        let (beginnings, begin) = AsyncStream<Void>.makeStream()
        let rig = try await ProxyRig { connection in
            _ = connection.head()
            begin.yield()
            var all: [UInt8] = []
            while let part = connection.read(100) { all += part }
            end.yield(String(decoding: all, as: UTF8.self))
        }
        let (host, port) = (rig.host, rig.port)
        let client = try RawSocket(port: port)
        client.send(
            "POST /x HTTP/1.1\r\nHost: \(host)\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        for await _ in beginnings { break }
        client.send("5\r\ntw")
        client.end()
        for await text in ends {
            #expect(!text.contains("0\r\n\r\n"))
            break
        }
    }

    @Test func `waits for a server no longer than it may`() async throws {
        let rig = try await ProxyRig(timeout: 1) { connection in
            _ = connection.request()
            connection.waitForClose()
        }
        let answer = try await rig.call("POST /x", "Content-Length: 0\r\n\r\n")
        #expect(answer.status == 504 && answer.problem == "temporary")
        #expect(answer["Proxy-Status"] == "sesame; error=connection_timeout")
    }

    @Test func `is asked for once the server wants it, and not for a token that is bad`()
        async throws
    {
        let isFirst = Locked(true)
        let rig = try await ProxyRig { connection in
            guard connection.head()?.field("Expect") == "100-continue" else { return }
            let isRefused = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            guard !isRefused else { return connection.write(tokenRefusal) }
            connection.write("HTTP/1.1 100 Continue\r\n\r\n")
            var count = 0
            while count < 100_000, let part = connection.read(100_000) { count += part.count }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n\(count)")
        }
        let (host, port) = (rig.host, rig.port)
        let (interim, answer) = try await offPool {
            let client = try RawSocket(port: port)
            client.send(
                "POST /x HTTP/1.1\r\nHost: \(host)\r\nExpect: 100-continue\r\n"
                    + "Content-Length: 100000\r\n\r\n")
            let interim = try client.receive(upTo: "\r\n\r\n")
            client.send([UInt8](repeating: 0x61, count: 100_000))
            return (interim, try client.receiveAnswer())
        }
        // Too long to be kept, and yet renewed and sent again: nothing of it was sent the first time.
        #expect(interim == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(answer.status == 200 && answer.text == "100000")
        #expect(rig.rig.playground.tokenRequests(of: "rfc") == 2)
    }

    @Test(.enabled(if: CertificateAuthority.isAvailable))
    func `goes to a server behind TLS that the profile's authority vouches for`() async throws {
        let authority = try CertificateAuthority()
        let (good, bad) = try await offPool {
            (try authority.issue(["DNS:localhost"]), try authority.issue(["DNS:elsewhere.example"]))
        }
        let upstream = try ScriptedServer(answerAll)
        for (identity, status) in [(good, 200), (bad, 502)] {
            let front = try TLSFront(identity, before: upstream.port)
            let target = "https://localhost:\(front.port)/api"
            let rig = try Rig(
                .unixSocket,
                "[profile p]\ntoken_endpoint = @/rfc/token\nauthorization_endpoint = @/rfc/authorize\n"
                    + "base_url = \(target)\nclient_id = practice-public\nscope = read\n"
                    + "ca_file = \(authority.file)\n")
            try await rig.logIn("p")
            let file = ConfigurationFile(path: rig.folder.file("config"), home: rig.folder.path)
            let path = rig.folder.file("proxy.sock")
            let proxy = try Proxy(
                ProxySettings(
                    name: "t", profile: "p", place: .unix(path: path),
                    target: try #require(HTTPURL(target))),
                parts: ProxyParts(
                    broker: rig.broker, gate: Gate(configuration: file, owner: geteuid())),
                loop: EventLoop())
            let content = String(repeating: "0123456789", count: 20_000)
            let answer = try await offPool {
                let client = try RawSocket(path: path)
                client.send(
                    "POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: \(content.utf8.count)\r\n\r\n"
                )
                client.send(content)
                return try client.receiveAnswer()
            }
            #expect(answer.status == status, "\(answer.text)")
            #expect(status != 200 || answer.text == content)
            _ = (front, proxy)
        }
        #expect(upstream.requests.count == 1)
    }
}

@Suite struct `The proxies of a configuration` {
    @Test func `open, change and close while a stream goes on`() async throws {
        let lines = Locked<[String]>([])
        let rig = try await ProxyRig { connection in
            while let request = connection.head() {
                lines.withLock { $0.append(request.line) }
                if request.line.contains("slow") {
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nbef")
                    guard connection.waitFor("0\r\n\r\n") else { return }
                    connection.write("ore")
                } else {
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                }
            }
        }
        let (first, second) = (quietPort(), quietPort())
        func settings(_ name: String, _ port: UInt16, _ path: String) throws -> ProxySettings {
            ProxySettings(
                name: name, profile: "p", place: .ipv4(port: port),
                target: try rig.upstream.url(path))
        }
        func status(_ port: UInt16, _ path: String) async throws -> Int? {
            try await offPool {
                guard let client = try? RawSocket(port: port) else { return nil }
                client.send("GET \(path) HTTP/1.1\r\nHost: localhost:\(port)\r\n\r\n")
                do throws(SystemError) { return try client.receiveAnswer().status } catch {
                    // The kernel took the connection before the port was closed.
                    guard error.code == ECONNRESET else { throw error }
                    return nil
                }
            }
        }
        let proxies = Proxies(rig.parts)
        await proxies.apply([try settings("a", first, "/api")])
        let slow = try RawSocket(port: first)
        slow.send(
            "POST /slow HTTP/1.1\r\nHost: 127.0.0.1:\(first)\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n")
        _ = try await offPool { try slow.receive(upTo: "bef") }
        // The same place with another target, and one more.
        await proxies.apply([
            try settings("a", first, "/api/b"), try settings("c", second, "/api/c"),
        ])
        #expect(try await status(first, "/x") == 200)
        #expect(lines.withLock { $0.last } == "GET /api/b/x HTTP/1.1")
        #expect(try await status(second, "/x") == 200)
        #expect(lines.withLock { $0.last } == "GET /api/c/x HTTP/1.1")
        await proxies.apply([try settings("c", second, "/api/c")])
        #expect(try await status(first, "/x") == nil)
        #expect(try await status(second, "/x") == 200)
        slow.send("0\r\n\r\n")
        #expect(try await offPool { try slow.receive(upTo: "ore") } == "ore")
        await proxies.stop()
        #expect(try await status(second, "/x") == nil)
    }

    @Test func `tell where one cannot listen, and go on`() async throws {
        let rig = try await ProxyRig(answerAll)
        let target = try rig.upstream.url("/api")
        let words = Locked<[String]>([])
        let proxies = Proxies(rig.parts) { text in words.withLock { $0.append(text) } }
        let free = quietPort()
        await proxies.apply([
            ProxySettings(
                name: "taken", profile: "p", place: .ipv4(port: rig.port), target: target),
            ProxySettings(name: "free", profile: "p", place: .ipv4(port: free), target: target),
        ])
        let said = words.withLock { $0 }
        #expect(said[0].contains("[proxy taken] cannot listen on 127.0.0.1:\(rig.port)"))
        #expect(said[1].contains("[proxy free] forwards from 127.0.0.1:\(free)"))
        await proxies.stop()
    }
}

extension ScriptedServer.Connection {
    /// Reads until these bytes have come.
    func waitFor(_ text: String) -> Bool {
        var all: [UInt8] = []
        let mark = Array(text.utf8)
        while all.suffix(mark.count) != mark {
            guard let byte = read(1) else { return false }
            all += byte
        }
        return true
    }
}
