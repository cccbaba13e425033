import Glibc

/// The programs of the build that the running tests belong to.
package enum BuiltPrograms {
    /// The path of a program; where it was not built, running it fails and says so.
    package static func path(of program: String) -> String { "\(folder)/\(program)" }

    /// The folder that holds them: the one of the test program itself.
    package static let folder: String = {
        guard let path = unsafe realpath("/proc/self/exe", nil) else { return "." }
        defer { unsafe free(path) }
        let folders = unsafe String(cString: path).split(separator: "/").dropLast()
        return "/" + folders.joined(separator: "/")
    }()
}

/// Programs that are not ours and that some tests need.
package enum ForeignProgram {
    /// Whether a test that needs these can run.
    ///
    /// It also says yes where it must run: CI names in `SESAME_REQUIRED_TOOLS` what may not be
    /// missing, and the test fails there instead of being skipped.
    package static func isExpected(_ program: String) -> Bool {
        let required = unsafe getenv("SESAME_REQUIRED_TOOLS").map { unsafe String(cString: $0) }
        let isRequired = required?.split(separator: " ").contains { $0 == program } ?? false
        return isRequired || ChildProcess.path(of: program) != nil
    }
}
