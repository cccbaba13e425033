import TestSupport
import Testing

/// What `make demo` runs, on the programs of this build.
@Suite(.enabled(if: ForeignProgram.isExpected("bash"), "bash is not installed"))
struct `The demonstration` {
    @Test func `shows the whole job and leaves nothing behind`() async throws {
        let folder = TemporaryFolder()
        var environment = ChildProcess.plainEnvironment
        environment["TMPDIR"] = folder.path
        environment["HOME"] = folder.path
        let shown = try await ChildProcess.runAside(
            scriptPath("demo.sh"), [BuiltPrograms.folder], environment: environment)
        #expect(shown.status == 0, "\(shown.output)\n\(shown.errors)")
        #expect(shown.output.contains("ada@example.org"))
        #expect(!shown.output.contains("\u{1B}"), "colours belong on a terminal")

        let rest = try await ChildProcess.runAside("find", [folder.path, "-mindepth", "1"])
        #expect(rest.output.isEmpty)
    }
}
