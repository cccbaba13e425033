import SesameSecrets
import TestSupport

/// Changes that a seed of chance decides: the same ones each time.
struct Mutation {
    private let source: SeededRandom
    private var bytes: [UInt8] = []

    init(_ seed: String) { source = SeededRandom(seed) }

    /// A copy with a few bytes changed, taken out, doubled or put in.
    mutating func changed(_ seed: [UInt8]) -> [UInt8] {
        var bytes = seed
        for _ in 0...roll(6) {
            let place = roll(bytes.count + 1)
            switch roll(6) {
            case 0 where place < bytes.count: bytes[place] = UInt8(roll(256))
            case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8(roll(8))
            case 2 where place < bytes.count: bytes.remove(at: place)
            case 3: bytes.insert(contentsOf: Self.scraps[roll(Self.scraps.count)].utf8, at: place)
            case 4: bytes.removeLast(bytes.count - place)
            default: bytes.insert(contentsOf: bytes.prefix(min(place, 512)), at: place)
            }
        }
        return bytes
    }

    private mutating func roll(_ sides: Int) -> Int {
        if bytes.count < 3 {
            bytes = source.bytes(4096).withBytes { span in span.indices.map { span[$0] } }
        }
        let value = bytes.suffix(3).reduce(0) { $0 << 8 | Int($1) }
        bytes.removeLast(3)
        return value % sides
    }

    /// What has a meaning to one reader or another.
    private static let scraps = [
        "\r\n", "\r", "\n", "\n\n", ":", " ", "\t", "\0", "=", "&", "%", "%00", "..", "/", "//",
        "@", "\"", "\\", ",",
        ";", "[", "]", "{", "}", ".", "\u{FF}", "\u{202E}", "\u{1B}[", "null", "-1", "1e309",
        "9223372036854775808",
        "\\ud800", "Host: x\r\n", "Content-Length: -1\r\n",
        "Content-Length: 99999999999999999999\r\n", "HTTP/1.1",
        "state=", "code=x", "error=", "host=", "protocol=https\n", "\"crit\":[]", "[profile x]\n",
    ]
}
