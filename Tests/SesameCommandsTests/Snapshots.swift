import Glibc
import SesameSecrets
import SesameSystem

/// Texts that a person has looked at, in files beside the tests.
enum Snapshots {
    /// The accepted text; where there is none yet, `text` is written for the next run, and this one fails.
    static func read(_ name: String, orWrite text: String, source: String = #filePath) throws
        -> String
    {
        let folder = source.split(separator: "/").dropLast().joined(separator: "/")
        let path = "/\(folder)/Snapshots/\(name)"
        if let file = unsafe fopen(path, "re") {
            defer { unsafe fclose(file) }
            return try FileDescriptor.readAll(unsafe fileno(file), limit: 1 << 20)
                .dangerouslyRevealedText()
        }
        if let file = unsafe fopen(path, "we") {
            unsafe fputs(text, file)
            unsafe fclose(file)
        }
        return "there was no snapshot yet"
    }
}
