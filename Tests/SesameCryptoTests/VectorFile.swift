import TestSupport
import Testing

/// The lines of a file in `Vectors`, each in its words; lines that begin with # are remarks.
func vectorLines(_ file: String) throws -> [[String]] {
    // Of this file: that of a caller may lie in a folder below.
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let lines = try vectorLines(at: "/\(folder)/Vectors/\(file)")
    try #require(!lines.isEmpty, "\(file) is empty")
    return lines.map { $0.split(separator: " ").map(String.init) }
}

/// Bytes in hexadecimal, where - is none.
func vectorBytes(_ word: String) -> [UInt8] { word == "-" ? [] : hex(word) }
