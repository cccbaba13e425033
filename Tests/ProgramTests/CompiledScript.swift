import TestSupport
import Testing

/// A program for tests that is made from a file in `Scripts`.
struct CompiledScript {
    /// Where it is, as long as this value is used; any user may run it.
    let path: String
    private let folder = TemporaryFolder()

    init(_ name: String) throws {
        path = folder.file(name)
        let source = "\(PreloadedLibrary.scripts)/\(name).c"
        let made = try ChildProcess.run(
            try #require(PreloadedLibrary.compiler), ["-O1", "-o", path, source])
        try #require(made.status == 0, "\(made.errors)")
        _ = try ChildProcess.run("chmod", ["755", folder.path, path])
    }
}
