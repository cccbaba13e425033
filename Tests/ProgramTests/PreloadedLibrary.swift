import Glibc
import TestSupport
import Testing

/// A library that is preloaded into our programs (`LD_PRELOAD`), made from a file in `Scripts`.
struct PreloadedLibrary {
    static let compiler: String? = {
        let folders = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
        let places = folders.split(separator: ":").flatMap { ["\($0)/clang", "\($0)/cc"] }
        return places.first { unsafe access($0, X_OK) == 0 }
    }()
    /// Whether one can be made.
    static let isExpected = compiler != nil

    /// Where it is, as long as this value is used.
    let path: String
    private let folder = TemporaryFolder()

    init(_ name: String) throws {
        path = folder.file("\(name).so")
        let source = "\(Self.scripts)/\(name).c"
        let made = try ChildProcess.run(
            try #require(Self.compiler), ["-shared", "-fPIC", "-o", path, source, "-ldl"])
        try #require(made.status == 0, "\(made.errors)")
    }

    static let scripts =
        #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/Scripts"
}
