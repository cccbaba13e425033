import SesameCurl
import SesameHTTP
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite(.enabled(if: CertificateAuthority.isAvailable, "needs the programs openssl and socat"))
struct `A client certificate` {
    private let transport = CurlTransport()
    private let authority: CertificateAuthority
    private let server: ScriptedServer

    init() throws {
        authority = try CertificateAuthority()
        server = try ScriptedServer { connection in
            while connection.request() != nil {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
        }
    }

    private func front(_ options: [String]) throws -> TLSFront {
        try TLSFront(
            try authority.issue(["DNS:localhost"]), before: server.port,
            options: ["verify=1", "cafile=\(authority.file)"] + options)
    }

    private func request(
        _ method: String = "POST", to port: UInt16, showing identity: CertificateAuthority.Identity?
    ) throws -> HTTPRequest {
        var request = HTTPRequest(method, try #require(HTTPURL("https://localhost:\(port)/")))
        request.certificateAuthorityFile = authority.file
        request.clientCertificate = try identity.map { identity in
            ClientCertificate(
                chain: try PrivateFile.readShared(identity.certificate, limit: 65_536),
                key: try PrivateFile.read(identity.key, limit: 65_536))
        }
        return request
    }

    @Test(arguments: [[], ["openssl-max-proto-version=TLS1.2"]])
    func `opens a server that demands one`(options: [String]) async throws {
        let front = try front(options)
        let identity = try authority.issue(["DNS:client.example"])
        let request = try request(to: front.port, showing: identity)
        #expect(try await transport.send(request).status == 200)
    }

    @Test func `that is refused or missing is a failure before anything is read`() async throws {
        let other = try CertificateAuthority()
        let strange = try other.issue(["DNS:client.example"])
        for options in [[], ["openssl-max-proto-version=TLS1.2"]] {
            let front = try front(options)
            for identity in [nil, strange] {
                let request = try request(to: front.port, showing: identity)
                await #expect(throws: TransportError.self) { try await transport.send(request) }
            }
        }
        #expect(server.requests.isEmpty)
    }

    /// libcurl tells its connections apart by what was shown when they were made.
    @Test func `is never shown on a connection that was made with another or with none`()
        async throws
    {
        let front = try TLSFront(
            try authority.issue(["DNS:localhost"]), before: server.port)
        let (first, second) = (
            try authority.issue(["DNS:a.example"]), try authority.issue(["DNS:b.example"])
        )
        let steps: [(CertificateAuthority.Identity?, expected: Int)] = [
            (first, 1), (first, 1), (nil, 2), (second, 3), (nil, 3), (first, 3), (second, 3),
        ]
        for (identity, expected) in steps {
            var request = try request("GET", to: front.port, showing: identity)
            request.connection = .reusable
            #expect(try await transport.send(request).status == 200)
            #expect(server.connectionCount == expected)
        }
    }

    @Test
    func `of a stream is never shown on a connection that was made with another or with none`()
        async throws
    {
        let front = try TLSFront(
            try authority.issue(["DNS:localhost"]), before: server.port)
        let streams = CurlTransport(.many)
        let first = try authority.issue(["DNS:a.example"])
        for (identity, expected) in [(first, 1), (first, 1), (nil, 2), (first, 2)] {
            let request = try request("GET", to: front.port, showing: identity)
            let answer = try await streams.open(StreamedRequest(request))
            #expect(answer.status == 200)
            try await atEnd(of: answer.content)
            #expect(server.connectionCount == expected)
        }
    }

    private func atEnd(of pipe: BytePipe) async throws {
        let (ended, end) = AsyncStream<Void>.makeStream()
        pipe.whenBytes { end.yield() }
        var turns = ended.makeAsyncIterator()
        while true {
            switch pipe.take() {
            case .piece(let piece): pipe.giveBack(piece)
            case .end, .broken: return
            case .nothing: await turns.next()
            }
        }
    }
}

@Suite(.enabled(if: CertificateFront.isAvailable, "needs the programs openssl, socat and nginx"))
struct `A server that looks at client certificates` {
    private let transport = CurlTransport()
    private let authority: CertificateAuthority
    private let server: ScriptedServer

    init() throws {
        authority = try CertificateAuthority()
        server = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    }

    @Test func `sees the one that was named, chain and all`() async throws {
        let identity = try authority.issue(["DNS:client.example"])
        let front = try CertificateFront(
            try authority.issue(["DNS:localhost"]), before: server.port, trusting: authority.file,
            .required)
        var request = HTTPRequest("GET", try #require(HTTPURL("https://localhost:\(front.port)/")))
        request.certificateAuthorityFile = authority.file
        let own = try PrivateFile.readShared(identity.certificate, limit: 65_536)
        let above = try PrivateFile.readShared(authority.file, limit: 65_536)
        request.clientCertificate = ClientCertificate(
            chain: Secret(utf8: own.dangerouslyRevealedText() + above.dangerouslyRevealedText()),
            key: try PrivateFile.read(identity.key, limit: 65_536))
        #expect(try await transport.send(request).status == 200)
        let shown = try #require(server.requests.first?.field("Client-Cert"))
        let line = try #require(
            own.dangerouslyRevealedText().split(separator: "\n").dropFirst().first)
        #expect(shown.replacing("%2B", with: "+").replacing("%2F", with: "/").contains(line))
    }
}
