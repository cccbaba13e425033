package import SesameCrypto
package import SesameSecrets

/// A root secret in one line: `sesame-key-1` and 32 bytes in base64url.
///
/// Key file, service credential and command all give this line, so that a key can move from one to
/// another, and so that a wrong file or an error message is never taken for a key.
package enum KeyLine {
    private static let word = "sesame-key-1 "
    private static let keyLength = 32
    /// Where a source gives more than this, it gives something else.
    static let limit = 4096

    /// A new key.
    static func newKey(_ random: any RandomSource) -> Secret { random.bytes(keyLength) }

    /// A new key as a line, for `sesame key generate`.
    package static func generate(_ random: any RandomSource) -> Secret { text(newKey(random)) }

    /// The line of a key, with its line feed.
    static func text(_ key: Secret) -> Secret {
        var line = SecretBuffer(capacity: 64)
        line.append(word)
        key.withBytes { Base64URL.encode($0, into: &line) }
        line.append("\n")
        return Secret(line)
    }

    /// Reads a line, with or without one line feed at its end; `nil` for anything else.
    static func parse(_ contents: Secret) -> Secret? {
        contents.withBytes { bytes in
            let hasLineFeed = bytes.count > 0 && bytes[bytes.count - 1] == UInt8(ascii: "\n")
            return parse(bytes.extracting(0..<bytes.count - (hasLineFeed ? 1 : 0)))
        }
    }

    /// The keys of all complete lines; what is no key is passed over.
    static func parseAll(_ contents: Secret) -> [Secret] {
        contents.withBytes { bytes in
            var keys: [Secret] = []
            var start = 0
            for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
                if let key = parse(bytes.extracting(start..<index)) { keys.append(key) }
                start = index + 1
            }
            return keys
        }
    }

    private static func parse(_ line: Span<UInt8>) -> Secret? {
        let prefix = Array(word.utf8)
        guard line.count > prefix.count,
            constantTimeEqual(line.extracting(0..<prefix.count), prefix.span),
            let key = Base64URL.decode(line.extracting(prefix.count..<line.count)),
            key.count == keyLength
        else { return nil }
        return key
    }
}
