import SesameHTTP
import TestSupport
import Testing

@testable import SesameCurl

@Suite struct `A request to public addresses only` {
    private let transport = CurlTransport()

    @Test(arguments: [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254",
        "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.168.1.1", "198.18.0.1", "203.0.113.9",
        "224.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
        "2001::1", "2001:db8::1", "3fff::1", "::127.0.0.1", "localhost", "",
    ])
    func `PR-2: does not take this for one`(address: String) {
        #expect(!isPublicAddress(address))
    }

    @Test(arguments: [
        "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "172.15.0.1",
        "172.32.0.1", "192.167.1.1", "192.169.0.1", "223.255.255.255", "::ffff:8.8.8.8",
        "64:ff9b::808:808", "2002:808:808::1", "2606:4700::1111", "2001:4860:4860::8888",
    ])
    func `takes this for one`(address: String) {
        #expect(isPublicAddress(address))
    }

    /// Whatever the name was when somebody looked at it: what is looked at here is what it leads to.
    @Test(arguments: [
        "http://127.0.0.1", "http://localhost", "https://localhost", "https://127.1",
        "https://2130706433", "https://0x7f.0.0.1", "https://[::ffff:127.0.0.1]",
    ])
    func `PR-2, T-20: reaches nothing on this machine, by whatever name`(origin: String)
        async throws
    {
        let server = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        var request = HTTPRequest("GET", try #require(HTTPURL("\(origin):\(server.port)/")))
        request.addresses = .publicOnly
        let error = await #expect(throws: TransportError.self) {
            try await transport.send(request)
        }
        #expect(error?.code == .addressRefused)
        #expect(error?.mayHaveBeenSent == false)
        #expect(server.connectionCount == 0)
    }

    @Test func `PR-2: does not use a connection that is open already`() async throws {
        let server = try ScriptedServer { connection in
            while connection.request() != nil {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
        }
        var request = HTTPRequest("GET", try server.url())
        request.connection = .reusable
        _ = try await transport.send(request)
        request.addresses = .publicOnly
        let error = await #expect(throws: TransportError.self) {
            try await transport.send(request)
        }
        #expect(error?.code == .addressRefused)
        #expect(server.requests.count == 1)
    }
}
