import SesameHTTP
import SesameSecrets
import SesameSystem
import TestSupport

/// An authorization server with an API that knows clients by their certificates (RFC 8705): behind one front that
/// asks for them, and one that does not.
///
/// Each token is good with the certificate only that was shown when it was given. At `/api/away?to=PORT` the API
/// redirects to another server on this machine.
final class CertificateServer: Sendable {
    /// One request, and what the client has shown with it.
    struct Visit: Sendable {
        let line: String
        let form: [String: String]
        let certificate: String?
    }

    private struct State {
        var visits: [Visit] = []
        /// The certificate that each access or refresh token is bound to.
        var bound: [String: String] = [:]
        var metadata = ""
    }
    private let state: Locked<State>
    private let server: ScriptedServer
    /// Asks for certificates.
    let front: CertificateFront
    /// Does not.
    let plain: TLSFront
    let authority: CertificateAuthority

    /// - Parameter aliases: the endpoints that have another place for clients with a certificate.
    init(aliases: [String] = []) throws {
        let authority = try CertificateAuthority()
        let state = Locked(State())
        let server = try ScriptedServer { connection in
            guard let request = connection.request() else { return }
            connection.write(Self.answer(to: request, state))
            connection.end()
        }
        let identity = try authority.issue(["DNS:localhost"])
        front = try CertificateFront(identity, before: server.port, trusting: authority.file)
        plain = try TLSFront(identity, before: server.port)
        (self.authority, self.state, self.server) = (authority, state, server)
        let (issuer, other) = ("https://localhost:\(plain.port)", "https://localhost:\(front.port)")
        let places = aliases.map { #""\#($0)_endpoint":"\#(other)/mtls/\#($0)""# }
        let metadata = """
            {"issuer":"\(issuer)","token_endpoint":"\(issuer)/token",
             "revocation_endpoint":"\(issuer)/revocation",
             "authorization_endpoint":"\(issuer)/authorize",
             "tls_client_certificate_bound_access_tokens":true,
             "mtls_endpoint_aliases":{\(places.joined(separator: ","))}}
            """
        state.withLock { $0.metadata = metadata }
    }

    /// Where discovery begins.
    var issuer: String { "https://localhost:\(plain.port)" }
    /// Where certificates are asked for.
    var guarded: String { "https://localhost:\(front.port)" }
    /// All requests but those for metadata.
    var visits: [Visit] { state.withLock(\.visits) }

    /// Files that a profile may name, with a certificate of the authority's.
    func identity(in folder: TemporaryFolder, days: Int = 90) async throws
        -> CertificateAuthority.Identity
    {
        let made = try await offPool { [self] in
            try authority.issue(["DNS:client.example"], days: days)
        }
        let own = CertificateAuthority.Identity(
            certificate: folder.file("client.pem"), key: folder.file("client.key"))
        try PrivateFile.replace(
            own.certificate, try PrivateFile.readShared(made.certificate, limit: 65_536))
        try PrivateFile.replace(own.key, try PrivateFile.read(made.key, limit: 65_536))
        return own
    }

    private static func answer(
        to request: ScriptedServer.Request, _ state: Locked<State>
    ) -> String {
        let path = request.line.split(separator: " ").dropFirst().first ?? ""
        if path.contains("/.well-known/") { return json(200, state.withLock(\.metadata)) }
        let field = request.field("Client-Cert") ?? ""
        let certificate = field.isEmpty ? nil : field
        let form = parameters(request)
        return state.withLock { state in
            state.visits.append(
                Visit(line: request.line, form: form, certificate: certificate))
            if path.hasPrefix("/api") {
                let token = request.field("Authorization")?.dropFirst("Bearer ".count) ?? ""
                guard let certificate, state.bound[String(token)] == certificate else {
                    return json(401, #"{"error":"invalid_token"}"#)
                }
                if let port = path.split(separator: "?to=").dropFirst().first {
                    return "HTTP/1.1 302 Found\r\nLocation: https://localhost:\(port)/\r\n"
                        + "Content-Length: 0\r\nConnection: close\r\n\r\n"
                }
                return json(200, #"{"welcome":true}"#)
            }
            guard let certificate, form["client_id"] == "bound" else {
                return json(401, #"{"error":"invalid_client"}"#)
            }
            if path.hasSuffix("revocation") { return json(200, "{}") }
            if let old = form["refresh_token"] {
                guard state.bound.removeValue(forKey: old) == certificate else {
                    return json(400, #"{"error":"invalid_grant"}"#)
                }
            }
            let number = state.visits.count
            state.bound["access-\(number)"] = certificate
            state.bound["refresh-\(number)"] = certificate
            return json(
                200,
                #"{"access_token":"access-\#(number)","token_type":"Bearer","expires_in":600,"#
                    + #""refresh_token":"refresh-\#(number)"}"#)
        }
    }

    private static func parameters(_ request: ScriptedServer.Request) -> [String: String] {
        guard let form = try? ReceivedForm(request.body.span) else { return [:] }
        return Dictionary(
            form.names.map { ($0, form[$0] ?? "") }, uniquingKeysWith: { first, _ in first })
    }

    private static func json(_ status: Int, _ body: String) -> String {
        "HTTP/1.1 \(status) Answer\r\n"
            + (status == 401 ? "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n" : "")
            + "Content-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
    }
}
