import SesameCurl
import SesameHTTP
import SesameSecrets
import TestSupport
import Testing

@Suite(.enabled(if: CertificateAuthority.isAvailable, "needs the programs openssl and socat"))
struct `A request over TLS` {
    private let transport = CurlTransport()
    private let authority: CertificateAuthority
    private let server: ScriptedServer

    init() throws {
        authority = try CertificateAuthority()
        server = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    }

    private func request(
        to front: TLSFront, trusting file: String?, host: String = "localhost"
    ) throws -> HTTPRequest {
        var request = HTTPRequest("POST", try #require(HTTPURL("https://\(host):\(front.port)/")))
        request.certificateAuthorityFile = file
        request.body = Secret(utf8: "refresh_token=xyzzy-secret")
        return request
    }

    private func refusal(
        of identity: CertificateAuthority.Identity, trusting file: String?,
        options: [String] = []
    ) async throws -> TransportError {
        let front = try TLSFront(identity, before: server.port, options: options)
        let request = try request(to: front, trusting: file)
        let error = await #expect(throws: TransportError.self) { try await transport.send(request) }
        #expect(error?.code == .tls)
        #expect(error?.mayHaveBeenSent == false)
        #expect(server.requests.isEmpty)
        return try #require(error)
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func `reaches a server whose authority is trusted`(host: String) async throws {
        let identity = try authority.issue(["DNS:localhost", "IP:127.0.0.1"])
        let front = try TLSFront(identity, before: server.port)
        let request = try request(to: front, trusting: authority.file, host: host)
        #expect(try await transport.send(request).status == 200)
        #expect(server.requests.count == 1)
    }

    @Test func `is counted once when the server closes without an answer`() async throws {
        let mute = try ScriptedServer { _ = $0.request() }
        let front = try TLSFront(try authority.issue(["DNS:localhost"]), before: mute.port)
        let request = try request(to: front, trusting: authority.file)
        let error = await #expect(throws: TransportError.self) { try await transport.send(request) }
        #expect(error?.code == .connectionLost)
        #expect(error?.mayHaveBeenSent == true)
        #expect(mute.requests.count == 1)
    }

    @Test func `is refused for a wrong host name`() async throws {
        let identity = try authority.issue(["DNS:id.example"])
        let error = try await refusal(of: identity, trusting: authority.file)
        #expect(error.message.contains("is not for that name"))
    }

    @Test func `is refused for an expired certificate`() async throws {
        let identity = try authority.issue(["DNS:localhost"], days: -1)
        let error = try await refusal(of: identity, trusting: authority.file)
        #expect(error.message.contains("has expired"))
    }

    @Test func `is refused for a self-signed certificate`() async throws {
        let identity = try authority.issueSelfSigned(["DNS:localhost"])
        let error = try await refusal(of: identity, trusting: authority.file)
        #expect(error.message.contains("self-signed"))
    }

    @Test func `is refused for an unknown authority`() async throws {
        let identity = try authority.issue(["DNS:localhost"])
        let system = try await refusal(of: identity, trusting: nil)
        #expect(system.message.contains("authority that is not trusted"))
        let other = try CertificateAuthority()
        let error = try await refusal(of: identity, trusting: other.file)
        #expect(error.message.contains("authority that is not trusted"))
    }

    @Test func `is refused when the authority's file is missing`() async throws {
        let identity = try authority.issue(["DNS:localhost"])
        let error = try await refusal(of: identity, trusting: "/nonexistent/ca.pem")
        #expect(error.message.contains("/nonexistent/ca.pem"))
    }

    @Test func `is refused for a version before 1.2`() async throws {
        let identity = try authority.issue(["DNS:localhost"])
        let old = ["openssl-max-proto-version=TLS1.1", "cipher=ALL:@SECLEVEL=0"]
        let error = try await refusal(of: identity, trusting: authority.file, options: old)
        #expect(error.message.contains("version"))
    }

    @Test func `is refused when the server wants a certificate from us`() async throws {
        let identity = try authority.issue(["DNS:localhost"])
        let front = try TLSFront(
            identity, before: server.port, options: ["verify=1", "cafile=\(authority.file)"])
        let request = try request(to: front, trusting: authority.file)
        await #expect(throws: TransportError.self) { try await transport.send(request) }
        #expect(server.requests.isEmpty)
    }
}
