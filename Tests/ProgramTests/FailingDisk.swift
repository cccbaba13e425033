import Glibc
import TestSupport
import Testing

/// A disk that fails under a broker: a library that is preloaded into it, see `failing-disk.c`.
struct FailingDisk {
    private let library: PreloadedLibrary
    private let folder = TemporaryFolder()
    private var lasts: String { folder.file("lasts") }

    init() throws {
        library = try PreloadedLibrary("failing-disk")
    }

    /// Starts a broker under which the n-th change of the store or its key fails.
    /// - Parameter code: the error; without one the broker is killed.
    func startBroker(
        of sesame: Sesame, failingAt number: Int, with code: Int32? = nil
    ) async throws -> ChildProcess.Running {
        let broker = try start(
            "sesamed", [], of: sesame, failingAt: number, with: code,
            files: sesame.folder.file("store."))
        try await eventually("the broker listens") {
            (try? RawSocket(path: sesame.socketPath)) != nil
        }
        return broker
    }

    /// Starts a program under which the n-th change of files fails whose paths begin so.
    func start(
        _ program: String, _ arguments: [String], of sesame: Sesame, failingAt number: Int,
        with code: Int32?, files: String
    ) throws -> ChildProcess.Running {
        var environment = ChildProcess.plainEnvironment
        environment["SESAME_HOME"] = sesame.folder.path
        environment["HOME"] = sesame.folder.path
        environment["LD_PRELOAD"] = library.path
        environment["FAULT_PREFIX"] = files
        environment["FAULT_AT"] = "\(number)"
        if let code {
            environment["FAULT_ERRNO"] = "\(code)"
            environment["FAULT_WHILE"] = lasts
            unsafe unlink("\(lasts).struck")
            let descriptor = unsafe creat(lasts, 0o600)
            close(descriptor)
        }
        return try ChildProcess.start(
            BuiltPrograms.path(of: program), arguments, environment: environment)
    }

    /// Makes the disk sound.
    func repair() { unsafe unlink(lasts) }

    /// Whether a change has failed.
    var hasStruck: Bool { unsafe access("\(lasts).struck", F_OK) == 0 }
}
