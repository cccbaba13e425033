import SesameSecrets
import SesameSystem

/// The lines of a file of vectors; empty ones, and remarks, which begin with #, are left out.
package func vectorLines(at path: String) throws -> [Substring] {
    try PrivateFile.readShared(path, limit: 1 << 20).dangerouslyRevealedText()
        .split(separator: "\n").filter { !$0.hasPrefix("#") }
}
