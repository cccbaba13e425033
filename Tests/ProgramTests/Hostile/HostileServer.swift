import SesameSecrets
import SesameSystem
import TestSupport

/// An authorization server with an issuer for each case, whose token endpoint answers as the case says, byte by byte.
///
/// The issuer's path is the case's name, so that no case can pass for another. Everything that is asked is on record.
final class HostileServer: Sendable {
    /// What a case's endpoint does with a request that it has read.
    typealias Answer = @Sendable (borrowing ScriptedServer.Connection) -> Void

    private let server: ScriptedServer

    /// - Parameters:
    ///   - answers: by the names of the cases.
    ///   - metadata: what an issuer answers where its metadata belong, byte for byte.
    init(_ answers: [String: Answer], metadata: @escaping @Sendable (String) -> String)
        throws
    {
        server = try ScriptedServer { connection in
            guard let request = connection.request() else { return }
            let target = request.line.split(separator: " ").dropFirst().first ?? ""
            let path = target.split(separator: "?").first ?? ""
            let parts = path.split(separator: "/").map(String.init)
            let host = request.field("Host") ?? ""
            if parts.count == 3, parts[0] == ".well-known" {
                connection.write(metadata("http://\(host)/\(parts[2])"))
            } else if parts.count == 2, parts[1] == "token", let answer = answers[parts[0]] {
                answer(connection)
            } else {
                connection.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            }
            connection.end()
        }
    }

    var origin: String { "http://127.0.0.1:\(server.port)" }

    /// The programs with a profile for each of these cases.
    func sesame(for names: [String]) throws -> Sesame {
        let sesame = Sesame(server: self)
        let profiles = names.map {
            """
            [profile \($0)]
            issuer = \(origin)/\($0)
            client_id = client
            client_auth = none
            grant = client_credentials

            """
        }
        try PrivateFile.create(
            sesame.folder.file("config"), Secret(utf8: profiles.joined(separator: "\n")))
        return sesame
    }

    /// The request lines of a case, but for those that ask for its metadata.
    func requests(of name: String) -> [String] {
        server.requests.map(\.line).filter {
            $0.contains("/\(name)") && !$0.contains("/.well-known/")
        }
    }

    /// What was asked beside the metadata and the token endpoints of the cases.
    var others: [String] {
        server.requests.map(\.line).filter { line in
            let isMetadata = line.hasPrefix("GET /.well-known/oauth-authorization-server/")
            return !isMetadata && !(line.hasPrefix("POST /") && line.hasSuffix("/token HTTP/1.1"))
        }
    }
}

/// An answer with a JSON content.
func json(_ body: String, status: String = "200 OK", fields: String = "") -> String {
    content(body, type: "application/json", status: status, fields: fields)
}

/// An answer with a content of any type.
func content(
    _ body: String, type: String, status: String = "200 OK", fields: String = ""
) -> String {
    "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n"
        + "\(fields)\r\n\(body)"
}
