import SesameJSON
import TestSupport
import Testing

/// A running practice server for one test: the built program.
final class Playground: Sendable {
    /// Where it is, such as `http://127.0.0.1:41234`.
    let origin: String
    /// The same without the scheme.
    var authority: String { origin.split(separator: "/").last.map(String.init) ?? "" }
    private let program: ChildProcess.Running

    convenience init(_ options: String...) throws { try self.init(options) }

    init(_ options: [String]) throws {
        program = try ChildProcess.start(BuiltPrograms.path(of: "sesame-playground"), options)
        let line = try #require(try program.nextLine())
        origin = try #require(JSON(printed: line)["base_url"]?.string)
    }

    /// How many token requests it has seen: lines of its log.
    func tokenRequests() async throws -> Int {
        let log = try await ChildProcess.runAside(
            "curl", ["--silent", "--fail", "--noproxy", "*", "\(origin)/_control/log"])
        try #require(log.status == 0, "curl ended with \(log.status)")
        return log.output.split(separator: "\n").count
    }

    /// Uses one of its controls, and returns what it answered.
    func control(_ method: String, _ path: String, _ body: String = "") async throws -> String {
        let port = try #require(authority.split(separator: ":").last.flatMap { UInt16($0) })
        return try await offPool { [authority] in
            let socket = try RawSocket(port: port)
            socket.send(
                "\(method) /_control/\(path) HTTP/1.1\r\nHost: \(authority)\r\n"
                    + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
                    + "Connection: close\r\n\r\n\(body)")
            let answer = try socket.receiveAnswer()
            try #require(answer.status == 200, "\(method) \(path): \(answer.text)")
            return answer.text
        }
    }
}
