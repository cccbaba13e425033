import Glibc
import SesameSecrets
import SesameSystem
import TestSupport

/// The checkout that these tests were compiled from.
struct Repository {
    /// One text file of it.
    struct File {
        /// Its path below the repository's folder.
        let path: String
        let text: String
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        /// `Sources/SesameOAuth/PKCE.swift` → `SesameOAuth`.
        var target: String {
            path.split(separator: "/").dropFirst().first.map(String.init) ?? ""
        }
    }

    let root: String

    /// The folder three levels above this file.
    init(thisFile: String = #filePath) {
        root = "/" + thisFile.split(separator: "/").dropLast(3).joined(separator: "/")
    }

    /// The files below a folder whose names end so.
    func files(in folder: String, ending: String) throws -> [File] {
        let found = try ChildProcess.run(
            "find", ["\(root)/\(folder)", "-type", "f", "-name", "*\(ending)"])
        return try found.output.split(separator: "\n").sorted().map { line in
            try file(String(line.dropFirst(root.utf8.count + 1)))
        }
    }

    /// The Swift files of the program and its libraries.
    func sources() throws -> [File] { try files(in: "Sources", ending: ".swift") }

    func file(_ path: String) throws -> File {
        let descriptor = unsafe open("\(root)/\(path)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("opening \(path)") }
        let file = FileDescriptor(owning: descriptor)
        let contents = try FileDescriptor.readAll(file.number, limit: 1 << 20)
        return File(path: path, text: contents.dangerouslyRevealedText())
    }

    /// Whether there is such a file or folder.
    func has(_ path: String) -> Bool { unsafe access("\(root)/\(path)", F_OK) == 0 }

    /// What stands at the top, hidden names left out.
    func topLevelNames() throws -> [String] {
        let listing = try ChildProcess.run("ls", [root])
        return listing.output.split(separator: "\n").map(String.init)
    }
}

extension Substring {
    /// The words between backticks.
    var codeSpans: [String] {
        let parts = split(separator: "`", omittingEmptySubsequences: false)
        return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
    }
}
