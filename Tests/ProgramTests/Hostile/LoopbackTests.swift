import SesameHTTP
import SesameJSON
import SesameSystem
import TestSupport
import Testing

/// The built programs, with others at the door of a login's loopback listener: table 4.2.
@Suite struct `A login that is attacked` {
    /// L-1, L-6, L-7, L-8, L-9, L-10 and L-11, one after the other at one login.
    @Test func `takes no other callback than its own, and ends with it`() async throws {
        let login = try await AttackedLogin()
        try await offPool {
            for attack in login.attacks() {
                let visitor = try RawSocket(port: login.callback.port)
                visitor.send(attack.request)
                let answer = try visitor.receiveAnswer()
                #expect(attack.statuses.contains(answer.status), "\(attack.name): \(answer.status)")
                #expect(!answer.text.contains("alert"), "\(attack.name)")
                #expect(!answer.head.lowercased().contains("access-control"), "\(attack.name)")
            }
            // Some say nothing, or nothing that ends; the browser gets in beside them.
            let silent = try (0..<10).map { _ in try RawSocket(port: login.callback.port) }
            for visitor in silent { visitor.send("GET /callback?st") }
            try login.browse()
            withExtendedLifetime(silent) {}
        }
        let ended = try await offPool { try login.running.wait() }
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(try await login.practice.log().count { $0.issued != nil } == 1)
    }

    /// L-1: each is answered alike, and none ends the login.
    @Test func `outlives a thousand forged callbacks`() async throws {
        let login = try await AttackedLogin()
        try await offPool {
            for number in 0..<1000 {
                let visitor = try RawSocket(port: login.callback.port)
                visitor.send(
                    login.get("\(login.callback.path)?error=access_denied&state=forged-\(number)"))
                #expect(try visitor.receiveAnswer().status == 400)
            }
            try login.browse()
        }
        #expect(try await offPool { try login.running.wait() }.status == 0)
    }

    /// L-2 and L-14: neither the code nor the state is in what the programs print.
    @Test func `prints neither code nor state, whatever arrives`() async throws {
        let login = try await AttackedLogin()
        try await offPool {
            let visitor = try RawSocket(port: login.callback.port)
            visitor.send(
                login.get(
                    "\(login.callback.path)?code=canary-code&state=canary-state&iss=https://evil.example"
                ))
            _ = try visitor.receiveAnswer()
            try login.browse()
        }
        let ended = try await offPool { try login.running.wait() }
        #expect(ended.status == 0)
        #expect(!(ended.output + ended.errors).contains("canary"))
        #expect(!ended.errors.contains(login.state))
    }

    /// L-5: the address is not enough; L-13: what is given up leaves no open port.
    @Test func `closes its port when it is given up`() async throws {
        let login = try await AttackedLogin()
        login.running.terminate()
        _ = try await offPool { try login.running.wait() }
        #expect(throws: SystemError.self) { try RawSocket(port: login.callback.port) }
    }
}

/// A login that waits for its callback.
private struct AttackedLogin {
    let practice: Practice
    let running: ChildProcess.Running
    let callback: HTTPURL
    let state: String
    private let url: String

    init() async throws {
        practice = try await Practice("strict")
        running = try practice.sesame.start("login", "work", "--no-browser", "--json")
        let event = try await offPool { [running] in
            try JSON(printed: try #require(try running.nextLine()))
        }
        url = try #require(event["url"]?.string)
        let query = try ReceivedForm(query: HTTPURL(url)?.query)
        callback = try #require(query["redirect_uri"].flatMap { HTTPURL($0) })
        state = try #require(query["state"])
    }

    /// A request as a browser makes it.
    func get(_ target: String, method: String = "GET", host: String? = nil, fields: String = "")
        -> String
    {
        "\(method) \(target) HTTP/1.1\r\nHost: \(host ?? callback.authority)\r\n\(fields)\r\n"
    }

    /// The person agrees, in the practice browser.
    func browse() throws {
        let browser = try ChildProcess.run(
            BuiltPrograms.path(of: "sesame-playground"), ["browse", url])
        try #require(browser.status == 0, "\(browser.errors)")
    }

    struct Attack {
        let name: String
        let request: String
        let statuses: ClosedRange<Int>
    }

    func attacks() -> [Attack] {
        let path = callback.path
        let script = "%3Cscript%3Ealert(1)%3C/script%3E"
        let forged = [
            ("no state", "code=x"), ("another state", "code=x&state=y"),
            ("the state twice", "code=x&state=\(state)&state=\(state)"),
            ("an error of nobody", "error=access_denied"),
            ("a script", "error=\(script)&error_description=\(script)&state=\(script)"),
            ("the state in capitals", "code=x&state=\(state.uppercased())"),
            ("a broken escape", "code=%zz&state=\(state)"),
            ("an overlong text", "code=%C0%AF&state=\(state)"),
            ("a zero", "code=%00&state=\(state)"),
            ("a flood", String(repeating: "a&", count: 5000) + "state=\(state)"),
        ].map { Attack(name: $0, request: get("\(path)?\($1)"), statuses: 400...400) }
        let right = "\(path)?code=x&state=\(state)"
        let misplaced = [
            ("favicon", get("/favicon.ico"), 404...404),
            ("HEAD", get(right, method: "HEAD"), 404...404),
            (
                "a form of another page",
                get(
                    right, method: "POST",
                    fields: "Origin: https://evil.example\r\nContent-Length: 0\r\n"), 400...404
            ),
            (
                "a preflight",
                get(right, method: "OPTIONS", fields: "Origin: https://evil.example\r\n"), 404...405
            ),
            ("another host", get(right, host: "evil.test:\(callback.port)"), 400...400),
            ("no host", "GET \(right) HTTP/1.1\r\n\r\n", 400...400),
            ("two hosts", get(right, fields: "Host: evil.test\r\n"), 400...400),
            ("an absolute target", get(callback.origin + right), 400...400),
            (
                "a head without an end",
                get(right, fields: String(repeating: "X: y\r\n", count: 600)), 431...431
            ),
            (
                "a long line", get("\(path)?code=\(String(repeating: "a", count: 40_000))"),
                431...431
            ),
            ("TLS", "\u{16}\u{3}\u{1}\u{2}", 400...400),
            ("HTTP/0.9", "GET \(path)\r\n\r\n", 400...400),
        ].map { Attack(name: $0, request: $1, statuses: $2) }
        return forged + misplaced
    }
}
