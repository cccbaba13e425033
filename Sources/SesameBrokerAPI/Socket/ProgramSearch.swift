import Glibc

/// Finds programs without a shell.
package enum ProgramSearch {
    /// The first executable of that name in the absolute folders of `PATH`.
    package static func onPath(_ name: String, environment: [String: String]) -> String? {
        let folders = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        return folders.filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }.first(
            where: isExecutable)
    }

    /// The program of that name in the folder of the running one.
    package static func besideThisProgram(_ name: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0, count < buffer.count else { return nil }
        let path = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard let slash = path.lastIndex(of: "/") else { return nil }
        let program = path[...slash] + name
        return isExecutable(String(program)) ? String(program) : nil
    }

    /// Whether this is a regular file that we may run.
    package static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            && access(path, X_OK) == 0
    }
}
