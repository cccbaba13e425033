import SesameJSON
import TestSupport
import Testing

/// A running practice server for one test: the built program.
final class Playground: Sendable {
    /// Where it is, such as `http://127.0.0.1:41234`.
    let origin: String
    private let program: ChildProcess.Running

    init(_ options: String...) throws {
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
}
