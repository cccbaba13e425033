import SesameHTTP
import SesameLogin
import SesameSystem
import TestSupport
import Testing

@Suite struct `A hostile visitor of the loopback listener` {
    @Test(arguments: [
        ("GET", "/favicon.ico"), ("GET", "/"), ("GET", "/callback/?code=c&state=right"),
        ("GET", "//callback?code=c&state=right"), ("GET", "/%63allback?code=c&state=right"),
        ("HEAD", "/callback?code=c&state=right"), ("POST", "/callback?code=c&state=right"),
        ("OPTIONS", "/callback?code=c&state=right"),
    ])
    func `L-6, L-8: any other path or method changes nothing`(method: String, target: String) async throws {
        let login = try await LoginAttempt()
        let answer = try login.visit(target, method: method)
        #expect(answer.status == 404)
        #expect(!answer.head.lowercased().contains("access-control"))
        #expect(login.judged.withLock { $0.isEmpty })
        try await login.succeed()
    }

    @Test func `L-6: the first accepted callback wins, and later ones find nobody`() async throws {
        let login = try await LoginAttempt()
        let request = "GET /callback?state=right HTTP/1.1\r\nHost: \(login.uri.authority)\r\n\r\n"
        let browsers = try (1...8).map { _ in try RawSocket(port: login.uri.port) }
        for browser in browsers { browser.send(request) }
        try await login.outcome.value.get()
        let answers = browsers.compactMap { try? $0.receiveAnswer() }
        #expect(answers.count { $0.status == 200 } == 1)
        #expect(answers.allSatisfy { $0.status == 200 || $0.status == 410 })
        #expect(login.judged.withLock { $0 } == ["right"])
    }

    @Test func `L-7: a foreign host is refused`() async throws {
        let login = try await LoginAttempt()
        let port = login.uri.port
        for host in ["evil.test", "localhost:\(port)", "127.0.0.1", "127.0.0.1:1", "[::1]:\(port)"] {
            let answer = try login.visit("/callback?code=c&state=right", host: host)
            #expect(answer.status == 400)
        }
        #expect(login.judged.withLock { $0.isEmpty })
        try await login.succeed()
    }

    @Test func `L-7: a missing or repeated host and an absolute target are refused`() async throws {
        let login = try await LoginAttempt()
        let host = "Host: \(login.uri.authority)\r\n"
        let target = "/callback?code=c&state=right"
        for request in [
            "GET \(target) HTTP/1.1\r\n\r\n", "GET \(target) HTTP/1.1\r\n\(host)\(host)\r\n",
            "GET \(login.uri.origin)\(target) HTTP/1.1\r\n\(host)\r\n",
        ] {
            #expect(try login.visit(raw: request).status == 400)
        }
        #expect(login.judged.withLock { $0.isEmpty })
        try await login.succeed()
    }

    @Test func `L-9: silent, half-open and garbled connections do not keep the browser out`() async throws {
        let login = try await LoginAttempt()
        let crowd = try (0..<30).map { _ in try RawSocket(port: login.uri.port) }
        for (index, visitor) in crowd.enumerated() {
            switch index % 4 {
            case 0: visitor.send("GET /callback?st")
            case 1: visitor.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
            case 2: visitor.send("GET /callback\r\n")
            default: break
            }
        }
        try await login.succeed()
    }

    @Test func `L-9: a request line or a head without end is refused`() async throws {
        let login = try await LoginAttempt()
        let long = String(repeating: "a", count: 40_000)
        #expect(try login.visit("/callback?code=\(long)&state=right").status == 431)
        let fields = String(repeating: "X: y\r\n", count: 600)
        let request = "GET /callback HTTP/1.1\r\nHost: \(login.uri.authority)\r\n\(fields)\r\n"
        #expect(try login.visit(raw: request).status == 431)
        try await login.succeed()
    }

    @Test func `L-10: pages are constant, forbid everything and repeat nothing`() async throws {
        let login = try await LoginAttempt()
        let plain = try login.visit("/callback?state=wrong")
        let attack = "%3Cscript%3Ealert(1)%3C/script%3E"
        let hostile = try login.visit("/callback?state=\(attack)&error=\(attack)&error_description=\(attack)")
        #expect(plain.body == hostile.body)
        #expect(plain.head == hostile.head)
        #expect(plain["Content-Type"] == "text/html; charset=utf-8")
        #expect(plain["Content-Security-Policy"]?.hasPrefix("default-src 'none'; style-src 'sha256-") == true)
        #expect(plain["X-Content-Type-Options"] == "nosniff")
        #expect(plain["Cache-Control"] == "no-store")
        #expect(plain["Referrer-Policy"] == "no-referrer")
        try await login.succeed()
    }

    @Test(arguments: ["%", "%4", "%zz", "%00", "%C0%AF", "%FF", "%ED%A0%80"])
    func `L-11: broken escapes and texts are refused`(value: String) async throws {
        let login = try await LoginAttempt()
        #expect(try login.visit("/callback?state=right&code=\(value)").status == 400)
        #expect(login.judged.withLock { $0.isEmpty })
        try await login.succeed()
    }

    @Test func `L-11: a flood of parameters is refused`() async throws {
        let login = try await LoginAttempt()
        let flood = String(repeating: "a&", count: 5000)
        #expect(try login.visit("/callback?\(flood)state=right").status == 400)
        try await login.succeed()
    }
}
