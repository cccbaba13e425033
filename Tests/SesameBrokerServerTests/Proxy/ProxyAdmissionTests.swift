import Glibc
import SesameBroker
import SesameBrokerServer
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSystem
import TestSupport
import Testing

@Suite struct `Who may use a proxy` {
    @Test(arguments: [
        "attacker.example", "attacker.example:PORT", "127.0.0.1", "127.0.0.1:1", "127.0.0.2:PORT",
        "localhost.attacker.example:PORT", "[::1]:PORT", "0.0.0.0:PORT",
    ])
    func `is nobody who calls it by another name, as a page does whose name points here`(
        host: String
    ) async throws {
        let rig = try await ProxyRig(answerAll)
        let host = host.replacing("PORT", with: "\(rig.port)")
        let port = rig.port
        let answer = try await offPool {
            let client = try RawSocket(port: port)
            client.send("GET /things HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            return try client.receiveAnswer()
        }
        #expect(answer.status == 403 && answer.problem == "caller_refused")
        #expect(rig.upstream.requests.isEmpty)
    }

    @Test(arguments: [
        "Origin: https://attacker.example", "Origin: null", "Origin: http://127.0.0.1:1",
        "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site",
        "Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site",
    ])
    func `is no page of another origin`(field: String) async throws {
        let rig = try await ProxyRig(answerAll)
        let answer = try await rig.call("GET /things", "\(field)\r\n\r\n")
        #expect(answer.status == 403 && answer.problem == "caller_refused")
        #expect(rig.upstream.requests.isEmpty)
    }

    @Test(arguments: ["Sec-Fetch-Site: none", "Sec-Fetch-Site: same-origin", "Origin: http://HOST"])
    func `is a person's own browser, and a page that came through it`(field: String) async throws {
        let rig = try await ProxyRig(answerAll)
        let field = field.replacing("HOST", with: rig.host)
        #expect(try await rig.call("GET /things", "\(field)\r\n\r\n").status == 200)
        #expect(try await rig.call("GET /things").status == 200)
    }

    @Test(arguments: [
        ("TRACE /things", 501), ("TRACK /things", 501), ("CONNECT api.example:443", 501),
        ("GET http://api.example/things", 400), ("OPTIONS *", 400), ("GET things", 400),
    ])
    func `asks for what a proxy of this kind can do`(line: String, status: Int) async throws {
        let rig = try await ProxyRig(answerAll)
        let answer = try await rig.call(line)
        #expect(answer.status == status && answer.problem == "usage")
        #expect(rig.upstream.requests.isEmpty)
    }

    @Test func `speaks HTTP all the time`() async throws {
        let rig = try await ProxyRig(answerAll)
        let answer = try await rig.call(
            "GET /things", "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        #expect(answer.status == 501 && answer.problem == "usage")
    }

    @Test(arguments: [
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 2\r\nContent-Length: 41\r\n\r\nab", "A: b\nC: d\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    ])
    func `frames a request in one way`(rest: String) async throws {
        let rig = try await ProxyRig(answerAll)
        let answer = try await rig.call("POST /things", rest)
        #expect([400, 501].contains(answer.status))
        #expect(rig.upstream.connectionCount == 0)
    }

    @Test(arguments: [
        ("user = 4001\nmay = request\n", 403), ("user = \(geteuid())\nmay = status\n", 403),
        ("user = \(geteuid())\nmay = request\n", 200),
        // Of the process nothing is known on TCP, and a section that binds must not be escaped.
        ("user = *\nexecutable = /bin/true\nmay = manage\n", 403),
        ("group = 4001\nmay = manage\n", 403),
    ])
    func `is decided by the callers' sections`(rule: String, status: Int) async throws {
        let rules = rule.hasPrefix("user = 4001") ? "" : rule
        let rig = try await ProxyRig(
            rules: rules.isEmpty
                ? "[caller all]\nuser = *\nmay = nothing\n" : "[caller one]\n\(rules)", answerAll)
        #expect(try await rig.call("GET /things").status == status)
        #expect(rig.upstream.requests.isEmpty == (status != 200))
    }

    @Test func `is slowed down by a rate`() async throws {
        let rig = try await ProxyRig(
            rules: "[caller me]\nuser = \(geteuid())\nmay = request\nrate = 1/hour\n", answerAll)
        #expect(try await rig.call("GET /things").status == 200)
        let second = try await rig.call("GET /things")
        #expect(second.status == 429 && second.problem == "rate_limited")
        #expect(second["Retry-After"] != nil)
    }

    @Test func `is another user only where a section lets that one in`() async throws {
        guard geteuid() == 0 else { try Test.cancel("only root can become another user") }
        let rig = try await ProxyRig(
            rules: "[caller web]\nuser = 4002\nmay = request\n", answerAll)
        for (user, status) in [(4001, "403"), (4002, "200")] {
            let answer = try await ChildProcess.runAside(
                "setpriv",
                ["--reuid=\(user)", "--regid=\(user)", "--clear-groups", "curl", "--silent"]
                    + ["--output", "/dev/null", "--write-out", "%{http_code}"]
                    + ["http://\(rig.host)/things"])
            #expect(answer.output == status, "\(answer.errors)")
        }
        let names = [("127.0.0.1", "200"), ("localhost", "200"), ("127.1.2.3", "000")]
        for (name, status) in names {
            let answer = try await ChildProcess.runAside(
                "curl",
                ["--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]
                    + ["--ipv4", "http://\(name):\(rig.port)/things"])
            #expect(answer.output == status, "\(name)")
        }
    }

    @Test func `may come over IPv6, and over a private socket`() async throws {
        let rig = try await ProxyRig(answerAll)
        let target = try rig.upstream.url("/api")
        let path = rig.rig.folder.file("proxy.sock")
        let unix = try Proxy(
            ProxySettings(name: "u", profile: "p", place: .unix(path: path), target: target),
            parts: rig.parts, loop: EventLoop())
        #expect(unix.hosts == nil)
        let six = try Proxy(
            ProxySettings(name: "s", profile: "p", place: .ipv6(port: 0), target: target),
            parts: rig.parts, loop: EventLoop())
        let host = try #require(six.hosts?.first)
        let port = try #require(host.split(separator: ":").last.flatMap { UInt16($0) })
        let (first, second) = try await offPool {
            let client = try RawSocket(path: path)
            client.send("GET /things HTTP/1.1\r\nHost: whatever\r\n\r\n")
            let first = try client.receiveAnswer().status
            let other = try RawSocket(ipv6Port: port)
            other.send("GET /things HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            return (first, try other.receiveAnswer().status)
        }
        #expect(first == 200 && second == 200)
        var status = stat()
        #expect(unsafe lstat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test func `is not the proxy itself`() async throws {
        let rig = try await ProxyRig(answerAll)
        let answer = try await rig.call("GET /things", "Via: 1.0 a, 1.1 sesame-one\r\n\r\n")
        #expect(answer.status == 500 && answer.problem == "configuration")
        #expect(rig.upstream.requests.isEmpty)
    }
}
