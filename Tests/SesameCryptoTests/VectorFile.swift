import SesameSecrets
import SesameSystem
import Testing

/// The lines of a file in `Vectors`, each in its words; lines that begin with # are remarks.
func vectorLines(_ file: String) throws -> [[String]] {
    // Of this file: that of a caller may lie in a folder below.
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let text = try PrivateFile.readShared("/\(folder)/Vectors/\(file)", limit: 1 << 20)
        .dangerouslyRevealedText()
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    try #require(!lines.isEmpty, "\(file) is empty")
    return lines.map { $0.split(separator: " ").map(String.init) }
}

/// Bytes in hexadecimal, where - is none.
func vectorBytes(_ word: String) -> [UInt8] { word == "-" ? [] : hex(word) }
