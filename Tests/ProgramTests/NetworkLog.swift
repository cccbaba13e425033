import SesameSecrets
import SesameSystem
import TestSupport
import Testing

/// What programs say on the network: a library that is preloaded into them notes it, see
/// `network-log.c`.
struct NetworkLog {
    private struct Line {
        let program: Substring
        let call: Substring
        let descriptor: Substring
        /// An address and a port, or the name that was looked up.
        let target: String
        let bytes: [UInt8]
    }

    private let library: PreloadedLibrary
    private let folder = TemporaryFolder()

    init() throws {
        library = try PreloadedLibrary("network-log")
    }

    /// What a program that is to be watched needs in its environment.
    var variables: [String: String] {
        ["LD_PRELOAD": library.path, "NETWORK_LOG": folder.file("log")]
    }

    /// The programs that have used the network.
    func programs() throws -> Set<String> { Set(try lines().map { String($0.program) }) }

    /// Where the broker has connected to or tried to, such as `127.0.0.1:41234`.
    func destinations() throws -> Set<String> { try targets(of: "connect") }

    /// The names whose addresses the broker has asked for.
    func names() throws -> Set<String> { try targets(of: "lookup") }

    /// Everybody to whom the broker has sent this, as it is or in Base64.
    func hearers(of secret: String) throws -> Set<String> {
        let spellings = Self.spellings(of: secret)
        let heard = try sent().filter { heard in spellings.contains { heard.bytes.contains($0) } }
        return Set(heard.map(\.target))
    }

    /// All that the broker has sent, put together by descriptor: a call may end within a secret.
    func sent() throws -> [(target: String, bytes: [UInt8])] {
        let lines = try lines().filter { $0.program == Self.broker && $0.call == "send" }
        return Dictionary(grouping: lines) { "\($0.descriptor) \($0.target)" }.values.map {
            ($0[0].target, $0.flatMap(\.bytes))
        }
    }

    private func targets(of call: Substring) throws -> Set<String> {
        Set(try lines().filter { $0.program == Self.broker && $0.call == call }.map(\.target))
    }

    private func lines() throws -> [Line] {
        let text = try PrivateFile.read(folder.file("log"), limit: 1 << 24)
            .dangerouslyRevealedText()
        return try text.split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            try #require(words.count == 5, "\(line)")
            return Line(
                program: words[0], call: words[1], descriptor: words[2], target: String(words[3]),
                bytes: try Self.bytes(words[4]))
        }
    }

    private static func bytes(_ word: Substring) throws -> [UInt8] {
        guard word != "-" else { return [] }
        let digits = try word.map { try #require($0.hexDigitValue) }
        try #require(digits.count.isMultiple(of: 2))
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }

    /// The text, and what is the same in every Base64 of it, whatever stands around it: characters
    /// that share bits with other bytes are left out.
    ///
    /// The alphabets of Base64 do not differ for letters, digits and hyphens.
    private static func spellings(of secret: String) -> [[UInt8]] {
        let encoded = (0..<3).map { before in
            let bytes = [UInt8](repeating: 0, count: before) + secret.utf8
            let isWhole = bytes.count.isMultiple(of: 3)
            let text = Base64URL.encode(bytes.span).utf8
            return Array(text.dropFirst([0, 2, 3][before]).dropLast(isWhole ? 0 : 1))
        }
        return [Array(secret.utf8)] + encoded
    }

    private static let broker: Substring = "sesamed"
}
