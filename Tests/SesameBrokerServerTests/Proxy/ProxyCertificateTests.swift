import Glibc
import SesameAudit
import SesameBroker
import SesameBrokerServer
import SesameHTTP
import SesameHTTPServer
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// RFC 8705, over real TLS: the API compares what is shown with what the token was given for.
@Suite(
    .enabled(if: CertificateFront.isAvailable, "needs the programs openssl, socat and nginx"))
struct `A client certificate through a proxy` {
    private let server: CertificateServer
    private let rig: Rig
    private let parts: ProxyParts
    /// Somebody who must not even be connected to: a certificate is shown before the first request.
    private let stranger: ScriptedServer

    /// `p` has a certificate; `service` has none, and the same API.
    init() async throws {
        server = try CertificateServer(aliases: ["token"])
        stranger = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        rig = try Rig(
            .unixSocket,
            """
            [profile p]
            issuer = \(server.issuer)
            base_url = \(server.guarded)/api
            client_id = bound
            client_auth = tls_client_auth
            ca_file = \(server.authority.file)
            client_certificate_file = client.pem
            client_key_file = client.key
            grant = client_credentials

            [profile service]
            issuer = @/rfc
            base_url = \(server.guarded)/api
            client_id = practice-service
            ca_file = \(server.authority.file)
            grant = client_credentials

            """)
        _ = try await server.identity(in: rig.folder)
        try await rig.give("practice-secret", to: "service")
        let file = ConfigurationFile(path: rig.folder.file("config"), home: rig.folder.path)
        parts = ProxyParts(
            broker: rig.broker, gate: Gate(configuration: file, owner: geteuid()), trail: rig.trail)
    }

    @Test(arguments: [0, 200_000])
    func `MT-4: is shown to the API, whatever the size of a request`(count: Int) async throws {
        let way = try Way("p", self)
        let answer = try await way.call(
            "POST /things",
            "Content-Length: \(count)\r\n\r\n" + String(repeating: "a", count: count))
        #expect(answer.status == 200, "\(answer.text)")
        #expect(
            server.visits.map(\.line) == [
                "POST /mtls/token HTTP/1.0", "POST /api/things HTTP/1.0",
            ])
        #expect(server.visits.allSatisfy { $0.certificate != nil })
        #expect(Set(server.visits.map(\.certificate)).count == 1)
        // The client of the proxy learns nothing of it.
        #expect(!answer.head.contains("CERTIFICATE") && !answer.text.contains("CERTIFICATE"))
    }

    /// All proxies of a broker have their connections in common.
    @Test func `MT-4: is not shown for another profile at the same API`() async throws {
        let (certified, plain) = (try Way("p", self), try Way("service", self))
        #expect(try await certified.call("GET /things").status == 200)
        // Its token is no good there; what matters is that nothing is shown with it.
        #expect(try await plain.call("GET /things").status == 401)
        #expect(try await certified.call("GET /things").status == 200)
        let shown = server.visits.filter { $0.line.contains(" /api/") }.map(\.certificate)
        let own = try #require(shown.first)
        // The second of the two without one is after a renewal.
        #expect(own != nil && shown == [own, nil, nil, own])
    }

    @Test func `MT-4: is shown to nobody that the API or the proxy points to`() async throws {
        let way = try Way("p", self)
        let moved = try await way.call("GET /away?to=\(stranger.port)")
        #expect(moved.status == 302)
        #expect(moved["Location"] == "https://localhost:\(stranger.port)/")
        let elsewhere = try Way("p", self, to: "https://localhost:\(stranger.port)/api")
        #expect(try await elsewhere.call("GET /things").problem == "destination_refused")
        #expect(try await way.call("GET /../token").problem == "destination_refused")
        #expect(stranger.connectionCount == 0)
        #expect(
            server.visits.map { $0.line.split(separator: " ")[1] } == [
                "/mtls/token", "/api/away?to=\(stranger.port)",
            ])
    }

    /// The token of the old one is refused, and the request is sent again with a new one.
    @Test func `MT-5: is another one as soon as that is in the file`() async throws {
        let way = try Way("p", self)
        #expect(try await way.call("GET /things").status == 200)
        _ = try await server.identity(in: rig.folder)
        #expect(try await way.call("GET /things").status == 200)
        let shown = server.visits.map(\.certificate)
        #expect(
            server.visits.map { $0.line.split(separator: " ")[1] } == [
                "/mtls/token", "/api/things", "/api/things", "/mtls/token", "/api/things",
            ])
        #expect(Set(shown[..<2]).count == 1 && Set(shown[2...]).count == 1)
        #expect(shown[0] != nil && shown[2] != nil && shown[0] != shown[2])
    }

    /// Without it the token would be sent where it is of no use.
    @Test func `is never left out where it cannot be had`() async throws {
        let way = try Way("p", self)
        #expect(try await way.call("GET /things").status == 200)
        let before = server.visits.count
        try #require(unsafe unlink(rig.folder.file("client.key")) == 0)
        let refused = try await way.call("GET /things")
        #expect(refused.problem == "configuration", "\(refused.text)")
        #expect(refused.detail.contains("client.key is not there"), "\(refused.detail)")
        #expect(server.visits.count == before)
    }

    /// A proxy and its socket.
    private struct Way {
        private let proxy: Proxy
        private let path: String

        init(
            _ profile: String, _ test: `A client certificate through a proxy`,
            to target: String? = nil
        ) throws {
            let url = target ?? "\(test.server.guarded)/api"
            path = test.rig.folder.file("\(profile)\(target == nil ? "" : "-elsewhere").sock")
            proxy = try Proxy(
                ProxySettings(
                    name: profile, profile: profile, place: .unix(path: path),
                    target: try #require(HTTPURL(url))), parts: test.parts, loop: EventLoop())
        }

        /// One request over a connection of its own.
        func call(_ line: String, _ rest: String = "\r\n") async throws -> RawAnswer {
            let path = path
            return try await offPool {
                let client = try RawSocket(path: path)
                client.send("\(line) HTTP/1.1\r\nHost: x\r\n\(rest)")
                return try client.receiveAnswer()
            }
        }
    }
}
