import SesameJSON
import TestSupport
import Testing

/// A running practice server for one test: the built program.
final class Playground {
    /// Where it is, such as `http://127.0.0.1:41234`.
    let origin: String
    private let program: ChildProcess.Running

    init(_ options: String...) throws {
        program = try ChildProcess.start(BuiltPrograms.path(of: "sesame-playground"), options)
        let line = try #require(try program.nextLine())
        origin = try #require(JSON(printed: line)["base_url"]?.string)
    }
}
