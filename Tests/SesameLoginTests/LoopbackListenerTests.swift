import Glibc
import SesameHTTP
import SesameLogin
import SesameSystem
import TestSupport
import Testing

@Suite struct `A loopback listener` {
    @Test func `shows that the login succeeded, and its port is closed`() async throws {
        let login = try await LoginAttempt()
        #expect(login.uri.port != 0)
        #expect(login.uri.description == "http://127.0.0.1:\(login.uri.port)/callback")
        try await login.succeed()
        #expect(login.judged.withLock { $0 } == ["right"])
    }

    @Test func `shows that the login was refused`() async throws {
        let login = try await LoginAttempt()
        let answer = try await login.visit("/callback?error=access_denied&state=right")
        #expect(answer.text.contains("<h1>The login was refused</h1>"))
        try await login.outcome.value.get()
        #expect(!login.isPortOpen)
    }

    @Test(arguments: [
        "/callback?code=c&state=wrong", "/callback?code=c", "/callback",
        "/callback?code=c&state=right&state=right",
    ])
    func `L-1: a forged callback gets a constant page and never ends the login`(target: String)
        async throws
    {
        let login = try await LoginAttempt()
        let answer = try await login.visit(target)
        #expect(answer.status == 400)
        #expect(answer.text.contains("<h1>Not this login</h1>"))
        try await login.succeed()
    }

    /// Any web page can send them: a limit on forgeries would let it end the login.
    @Test func `L-1: a thousand forged callbacks change nothing`() async throws {
        let login = try await LoginAttempt()
        for _ in 1...1000 { #expect(try await login.visit("/callback?state=wrong").status == 400) }
        try await login.succeed()
    }

    @Test func `L-3: a registered port that somebody listens on is an error that names it`()
        async throws
    {
        let first = try await LoginAttempt()
        let uri = first.uri.description
        let error = await #expect(throws: LoginError.self) { try await LoginAttempt(uri) }
        #expect(error?.code == .portTaken)
        #expect(error?.message.contains("port \(first.uri.port) ") == true)
        try await first.succeed()
    }

    @Test(arguments: ["0.0.0.0", "127.0.0.1"])
    func `L-3: a squatter on the registered port is never joined`(address: String) async throws {
        let squatter = try Squatter(address)
        let uri = "http://127.0.0.1:\(squatter.port)/callback"
        let error = await #expect(throws: LoginError.self) { try await LoginAttempt(uri) }
        #expect(error?.code == .portTaken)
    }

    @Test func `L-3: a registered port is free again at once for the next login`() async throws {
        let port = quietPort()
        for _ in 1...2 {
            let login = try await LoginAttempt("http://127.0.0.1:\(port)/callback")
            #expect(login.uri.port == port)
            try await login.succeed()
        }
    }

    @Test(.enabled(if: hasIPv6)) func `L-4: localhost is both addresses with one port`()
        async throws
    {
        let login = try await LoginAttempt("http://localhost:0/callback")
        let port = login.uri.port
        #expect(login.uri.description == "http://localhost:\(port)/callback")
        for browser in [try RawSocket(port: port), try RawSocket(ipv6Port: port)] {
            browser.send("GET /callback?state=wrong HTTP/1.1\r\nHost: localhost:\(port)\r\n\r\n")
            #expect(try await offPool { try browser.receiveAnswer() }.status == 400)
        }
        try await login.succeed()
        #expect((try? RawSocket(ipv6Port: port)) == nil)
    }

    @Test(.enabled(if: hasIPv6)) func `L-4: an IPv6 literal is that address alone`() async throws {
        let login = try await LoginAttempt("http://[::1]:0/callback")
        #expect(!login.isPortOpen)
        let browser = try RawSocket(ipv6Port: login.uri.port)
        browser.send("GET /callback?state=right HTTP/1.1\r\nHost: \(login.uri.authority)\r\n\r\n")
        #expect(try await offPool { try browser.receiveAnswer() }.status == 200)
        try await login.outcome.value.get()
    }

    @Test(.enabled(if: hasIPv6)) func `L-4: an IPv4 literal is that address alone`() async throws {
        let login = try await LoginAttempt()
        #expect((try? RawSocket(ipv6Port: login.uri.port)) == nil)
        try await login.succeed()
    }

    @Test(arguments: [
        "https://127.0.0.1:0/callback", "http://127.0.0.2:0/callback",
        "http://example.org:0/callback",
        "http://127.0.0.1:0/callback#part",
    ])
    func `refuses a redirect URI that is not this machine's`(uri: String) async throws {
        let error = await #expect(throws: LoginError.self) { try await LoginAttempt(uri) }
        #expect(error?.code == .badRedirectURI)
    }

    @Test func `L-13: a login that nobody completes ends at its deadline`() async throws {
        let time = ManualTime()
        let login = try await LoginAttempt(timeout: .seconds(300), time: time)
        #expect(try await login.visit("/callback?state=wrong").status == 400)
        time.advance(seconds: 301)
        let outcome = await login.outcome.value
        let error = #expect(throws: LoginError.self) { try outcome.get() }
        #expect(error?.code == .timeout)
        #expect(!login.isPortOpen)
    }

    @Test func `L-13: a login that is given up frees its port`() async throws {
        let login = try await LoginAttempt()
        login.outcome.cancel()
        let outcome = await login.outcome.value
        let error = #expect(throws: LoginError.self) { try outcome.get() }
        #expect(error?.code == .cancelled)
        #expect(!login.isPortOpen)
    }
}

/// Somebody else who listens on a port, and lets others share it as far as the system does.
private struct Squatter: ~Copyable {
    let port: UInt16
    private let socket: FileDescriptor

    init(_ address: String) throws {
        let socket = FileDescriptor(owning: Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        var on: Int32 = 1
        _ = unsafe setsockopt(socket.number, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        _ = unsafe setsockopt(socket.number, SOL_SOCKET, SO_REUSEPORT, &on, 4)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = unsafe inet_addr(address)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(socket.number, generic, length) == 0 && listen(socket.number, 1) == 0
                    && getsockname(socket.number, generic, &length) == 0
            }
        }
        try #require(result)
        port = UInt16(bigEndian: name.sin_port)
        self.socket = socket
    }
}

private let hasIPv6: Bool = {
    let number = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
    guard number >= 0 else { return false }
    close(number)
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_addr = in6addr_loopback
    let probe = FileDescriptor(owning: socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0))
    return unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            unsafe bind(probe.number, generic, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
        }
    }
}()
