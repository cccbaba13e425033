import SesameSecrets
import SesameSystem
import TestSupport

/// An API that takes the tokens of a practice server and no others: it asks there, at each request.
final class GuardedAPI: Sendable {
    /// One request, and what it got.
    struct Visit: Sendable {
        let request: ScriptedServer.Request
        let status: Int
        /// The token that it brought, if it brought one.
        var token: String? {
            request.field("Authorization").flatMap { field in
                field.hasPrefix("Bearer ") ? String(field.dropFirst("Bearer ".count)) : nil
            }
        }
    }

    let server: ScriptedServer
    private let visits: Locked<[Visit]>
    var port: UInt16 { server.port }
    /// Everything that was asked, in order.
    var log: [Visit] { visits.withLock { $0 } }

    /// - Parameters:
    ///   - issuer: of the tokens.
    ///   - answer: status, media type and content for whoever has a good token.
    init(
        _ playground: Playground, issuer: String,
        answer: @escaping @Sendable (ScriptedServer.Request) -> (Int, String, String)
    ) throws {
        let (authority, visits) = (playground.authority, Locked<[Visit]>([]))
        self.visits = visits
        server = try ScriptedServer { connection in
            while let request = connection.request() {
                let isGood = Self.isGood(request.field("Authorization") ?? "", authority, issuer)
                let (status, type, content) =
                    isGood ? answer(request) : (401, "text/plain", "no token of ours")
                visits.withLock { $0.append(Visit(request: request, status: status)) }
                connection.write(
                    "HTTP/1.1 \(status) Status\r\nContent-Type: \(type)\r\n"
                        + "Content-Length: \(content.utf8.count)\r\n\r\n\(content)")
            }
        }
    }

    private static func isGood(_ field: String, _ authority: String, _ issuer: String) -> Bool {
        guard let port = authority.split(separator: ":").last.flatMap({ UInt16($0) }),
            let socket = try? RawSocket(port: port)
        else { return false }
        socket.send(
            "GET /\(issuer)/api/things HTTP/1.1\r\nHost: \(authority)\r\n"
                + "Authorization: \(field)\r\nConnection: close\r\n\r\n")
        return (try? socket.receiveAnswer())?.status == 200
    }
}

/// The text of a page below `docs/ways-out`.
func waysOut(_ page: String, thisFile: String = #filePath) throws -> String {
    let root = "/" + thisFile.split(separator: "/").dropLast(3).joined(separator: "/")
    return try PrivateFile.readShared("\(root)/docs/ways-out/\(page)", limit: 1 << 20)
        .dangerouslyRevealedText()
}

/// The first block of code in this language, as it stands on a page.
func block(_ language: String, of page: String) -> String? {
    page.split(separator: "```", omittingEmptySubsequences: false)
        .first { $0.hasPrefix("\(language)\n") }
        .map { String($0.dropFirst(language.count + 1)) }
}
