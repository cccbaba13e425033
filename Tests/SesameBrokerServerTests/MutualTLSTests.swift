import Glibc
import SesameHTTP
import SesameJSON
import SesameSecrets
import SesameStore
import SesameSystem
import TestSupport
import Testing

/// RFC 8705, over real TLS: a server that asks for certificates, and an API that compares them.
@Suite(
    .enabled(if: CertificateFront.isAvailable, "needs the programs openssl, socat and nginx"))
struct `A client with a certificate` {
    private func rig(
        _ server: CertificateServer, _ more: String, days: Int = 90
    ) async throws -> Rig {
        let rig = try Rig(
            .unixSocket,
            """
            [profile p]
            issuer = \(server.issuer)
            base_url = \(server.guarded)/api
            client_id = bound
            ca_file = \(server.authority.file)
            client_certificate_file = client.pem
            client_key_file = client.key
            \(more)

            """)
        _ = try await server.identity(in: rig.folder, days: days)
        return rig
    }

    /// MT-1, MT-2; oidcc-client-test-mtls-endpoint-aliases.
    @Test(arguments: ["tls_client_auth", "self_signed_tls_client_auth"])
    func `shows it and its client_id in every request, at the alias`(method: String) async throws {
        let server = try CertificateServer(aliases: ["token", "revocation"])
        let rig = try await rig(server, "client_auth = \(method)\ngrant = client_credentials")
        #expect(try await rig.token("p").status == 200)
        #expect(try await rig.token("p", "?refresh=true").status == 200)
        let logout = try await rig.call("DELETE", "/profiles/p/grant")
        #expect(try logout.json["revoked"]?.bool == true, "\(logout.text)")
        #expect(
            server.visits.map(\.line) == [
                "POST /mtls/token HTTP/1.0", "POST /mtls/token HTTP/1.0",
                "POST /mtls/revocation HTTP/1.0",
            ])
        for visit in server.visits {
            #expect(visit.form["client_id"] == "bound")
            #expect(visit.form["client_secret"] == nil && visit.form["client_assertion"] == nil)
            #expect(visit.certificate != nil)
        }
    }

    /// MT-3: an alias that is missing leaves the endpoint where it is.
    @Test func `goes to the plain endpoint where there is no alias for it`() async throws {
        let server = try CertificateServer(aliases: ["token"])
        let rig = try await rig(server, "grant = client_credentials")
        #expect(try await rig.token("p").status == 200)
        _ = try await rig.call("DELETE", "/profiles/p/grant")
        #expect(
            server.visits.map { $0.line.split(separator: " ")[1] } == [
                "/mtls/token", "/revocation",
            ])
        let strange = try await self.rig(
            server, "grant = client_credentials\nclient_auth = none\n")
        let lines = try strange.configuration.split(separator: "\n").filter {
            !$0.hasPrefix("client_certificate") && !$0.hasPrefix("client_key")
        }
        try PrivateFile.replace(
            strange.folder.file("config"), Secret(utf8: lines.joined(separator: "\n") + "\n"))
        _ = try await strange.token("p")
        #expect(server.visits.last?.line.contains(" /token ") == true)
    }

    /// MT-4: the API compares what is shown with what the token was given for (`x5t#S256`).
    @Test(arguments: ["tls_client_auth", "none"])
    func `shows the same one to the API, whatever its own way of authentication`(
        method: String
    ) async throws {
        let server = try CertificateServer(aliases: ["token"])
        let rig = try await rig(server, "client_auth = \(method)\ngrant = client_credentials")
        #expect(try await rig.send("p", "/things").json["status"]?.integer == 200)
        #expect(Set(server.visits.map(\.certificate)).count == 1)
        // Another certificate is another client: the old token is no good with it, and a new one is.
        _ = try await server.identity(in: rig.folder)
        #expect(try await rig.send("p", "/things").json["status"]?.integer == 200)
        let lines = server.visits.map { $0.line.split(separator: " ")[1] }
        #expect(
            lines == ["/mtls/token", "/api/things", "/api/things", "/mtls/token", "/api/things"])
        #expect(Set(server.visits.map(\.certificate)).count == 2)
    }

    @Test func `says with a token that the certificate must go with it`() async throws {
        let server = try CertificateServer(aliases: ["token"])
        let rig = try await rig(server, "grant = client_credentials")
        #expect(try await rig.token("p").json["needs_certificate"]?.bool == true)
        let url = "\(server.guarded)/api/things"
        let header = try await rig.call("GET", "/profiles/p/headers?url=\(url)")
        #expect(try header.json["needs_certificate"]?.bool == true, "\(header.text)")
        let plain = try Rig(.unixSocket)
        try await plain.give("practice-secret", to: "service")
        #expect(try await plain.token("service").json["needs_certificate"] == nil)
    }

    /// MT-5.
    @Test func `uses another one as soon as it is in the file, without a restart`() async throws {
        let server = try CertificateServer(aliases: ["token"])
        let rig = try await rig(server, "grant = client_credentials")
        for _ in 0..<3 {
            #expect(try await rig.token("p", "?refresh=true").status == 200)
            _ = try await server.identity(in: rig.folder)
        }
        #expect(Set(server.visits.map(\.certificate)).count == 3)
    }

    static let faults: [(String, String)] = [
        ("key missing", "client.key is not there"), ("key readable", "can be read by others"),
        ("key of another", "holds the key of another certificate"),
        ("certificate missing", "client.pem is not there"),
        ("no certificate", "holds no certificate in PEM"), ("over", "has expired"),
    ]

    @Test(arguments: faults)
    func `is told what is wrong with its files, before anything is sent`(
        fault: String, reason: String
    ) async throws {
        let server = try CertificateServer(aliases: ["token"])
        let days = fault == "over" ? -1 : 90
        let rig = try await rig(server, "grant = client_credentials", days: days)
        let (certificate, key) = (rig.folder.file("client.pem"), rig.folder.file("client.key"))
        switch fault {
        case "key missing": try #require(unsafe unlink(key) == 0)
        case "key readable": try #require(unsafe chmod(key, 0o644) == 0)
        case "key of another":
            let before = try PrivateFile.read(certificate, limit: 65_536)
            _ = try await server.identity(in: rig.folder)
            try PrivateFile.replace(certificate, before)
        case "certificate missing": try #require(unsafe unlink(certificate) == 0)
        case "no certificate": try PrivateFile.replace(certificate, Secret(utf8: "none\n"))
        default: break
        }
        let refused = try await rig.token("p")
        #expect(refused.problem == "configuration")
        #expect(refused.detail.contains(reason), "\(refused.detail)")
        let hints = try refused.json["hints"]?.elements?.compactMap(\.string) ?? []
        #expect(hints.contains { $0.contains("--client-certificate-file") })
        let status = try await rig.call("GET", "/profiles/p").json
        #expect(status["state"]?.string == "not_set_up")
        #expect(status["last_error"]?.string?.contains(reason) == true)
        #expect(server.visits.isEmpty)
    }

    @Test func `is shown to nobody but for whom its key was named`() async throws {
        let server = try CertificateServer(aliases: ["token"])
        let other = try CertificateServer(aliases: ["token"])
        let rig = try await rig(server, "grant = client_credentials")
        #expect(try await rig.token("p").status == 200)
        let moved = try rig.configuration.replacing(server.issuer, with: other.issuer)
            .replacing(server.authority.file, with: other.authority.file)
        try PrivateFile.replace(rig.folder.file("config"), Secret(utf8: moved))
        let refused = try await rig.token("p", "?refresh=true")
        #expect(refused.problem == "configuration")
        #expect(refused.detail.contains("the client key of profile p was given for"))
        #expect(try await rig.send("p", "/things").problem == "configuration")
        #expect(other.visits.isEmpty)
        let named = #"{"settings":{"client_certificate_file":["client.pem"]}}"#
        #expect(try await rig.call("PUT", "/profiles/p", named).status == 200)
        #expect(try await rig.token("p").status == 200)
    }

    @Test(arguments: [(10, 1), (60, 0)])
    func `is told of a certificate that ends within a month`(days: Int, warnings: Int) async throws
    {
        let server = try CertificateServer(aliases: ["token"])
        let rig = try await rig(server, "grant = client_credentials", days: days)
        let status = try await rig.call("GET", "/profiles/p").json
        #expect((status["warnings"]?.elements ?? []).count == warnings)
        let named = #"{"settings":{"client_certificate_file":["client.pem"]}}"#
        let setup = try await rig.call("PUT", "/profiles/p", named).json
        let told = setup["warnings"]?.elements?.compactMap(\.string) ?? []
        #expect(told.filter { $0.contains("is valid until") }.count == warnings)
        let instructions = setup["instructions"]?.elements?.compactMap(\.string) ?? []
        #expect(instructions.contains { $0.hasPrefix("register this certificate (x5t#S256): ") })
    }

    @Test func `cannot be set up without the file, and hears of a server that wants one`()
        async throws
    {
        let rig = try Rig(.unixSocket, "")
        let made = try await rig.call(
            "PUT", "/profiles/p",
            #"{"settings":{"issuer":["https://id.test"],"client_id":["c"],"client_auth":["tls_client_auth"]}}"#
        )
        #expect(made.problem == "configuration")
        #expect(made.detail.contains("client_certificate_file"))

        let authority = try CertificateAuthority()
        let plain = try ScriptedServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let front = try TLSFront(
            try authority.issue(["DNS:localhost"]), before: plain.port,
            options: ["verify=1", "cafile=\(authority.file)"])
        let bare = try Rig(
            .unixSocket,
            "[profile p]\ntoken_endpoint = https://localhost:\(front.port)/token\nclient_id = c\n"
                + "grant = client_credentials\nca_file = \(authority.file)\nclient_auth = none\n")
        let refused = try await bare.token("p")
        // The server's word for it may be lost where it closes the connection.
        #expect(refused.detail.contains("certificate"), "\(refused.detail)")
        #expect(plain.requests.isEmpty)
    }
}
