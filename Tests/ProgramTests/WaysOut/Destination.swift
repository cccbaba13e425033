import Glibc
import SesameHTTP
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// A place that the profile `work` of a practice login allows: TLS by an authority of the test's own, and behind
/// it a server by script that looks at credentials.
final class Destination: Sendable {
    let practice: Practice
    let authority: CertificateAuthority
    let front: TLSFront
    /// Credentials that were presented, in order.
    let presented: Locked<[String]>
    private let server: ScriptedServer
    private let links = TemporaryFolder()

    var origin: String { "https://localhost:\(front.port)" }

    /// - Parameters:
    ///   - settings: more lines for the profile.
    ///   - serve: serves a connection; the third argument says whether a token is one of the practice server's.
    init(
        settings: String = "",
        _ serve:
            @escaping @Sendable (
                borrowing ScriptedServer.Connection, Locked<[String]>, @Sendable (String) -> Bool
            ) -> Void
    ) async throws {
        let practice = try await Practice("strict")
        let presented = Locked<[String]>([])
        let playground = practice.playground
        server = try ScriptedServer { connection in
            serve(connection, presented) { playground.accepts($0) }
        }
        let port = server.port
        (authority, front) = try await offPool {
            let authority = try CertificateAuthority()
            return (authority, try TLSFront(try authority.issue(["DNS:localhost"]), before: port))
        }
        self.practice = practice
        self.presented = presented
        for name in ["git-credential-sesame", "docker-credential-sesame", "sesame"] {
            let program = BuiltPrograms.path(of: "sesame")
            try #require(unsafe symlink(program, links.file(name)) == 0)
        }
        try await practice.sesame.shell("cat <<'END' >>config\nallow = \(origin)\n\(settings)\nEND")
    }

    /// Runs a line of shell that finds Sesame under all its names.
    func shell(_ line: String) async throws -> ChildProcess.Finished {
        try await practice.sesame.shell(
            "export PATH=\(links.path):$PATH CA=\(authority.file); " + line)
    }

    /// The token that Sesame holds now.
    func token() async throws -> String {
        String(try await practice.sesame.run("token", "work").dropLast())
    }
}

extension Playground {
    /// Whether this is a token that its strict issuer knows, and that has not expired.
    func accepts(_ token: String) -> Bool {
        guard let port = authority.split(separator: ":").last.flatMap({ UInt16($0) }),
            token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let socket = try? RawSocket(port: port)
        else { return false }
        socket.send(
            "GET /strict/api/x HTTP/1.1\r\nHost: \(authority)\r\nAuthorization: Bearer \(token)\r\n"
                + "Connection: close\r\n\r\n")
        return (try? socket.receiveAnswer().status) == 200
    }
}

/// The text that some base64 stands for; `nil` where it is none.
func decodedBase64(_ text: some StringProtocol) -> String? {
    let bytes = Array(text.utf8.prefix { $0 != UInt8(ascii: "=") })
    return Base64.decodeUnpadded(bytes.span)?.dangerouslyRevealedText()
}
