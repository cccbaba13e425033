import SesameCrypto
package import SesameSecrets
package import SesameSystem

/// The last record of a trail: with it, all records before it are fixed.
package struct AuditHead: Sendable, Hashable {
    /// Its number, from 1; 0 before there is any.
    package let sequence: Int64
    /// Its hash: 64 hexadecimal digits.
    package let hash: String

    package init(sequence: Int64, hash: String) {
        self.sequence = sequence
        self.hash = hash
    }

    /// What the first record follows.
    static let none = AuditHead(sequence: 0, hash: String(repeating: "0", count: 64))
}

/// A head in one line, to be remembered outside the trail: `1`, the number and the hash.
extension AuditHead {
    package var line: Secret { Secret(utf8: "1 \(sequence) \(hash)") }

    /// `nil` for anything that this version does not write: what cannot be read is nothing.
    package init?(_ line: Secret) {
        let words = line.dangerouslyRevealedText().split(
            separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[0] == "1", let sequence = Int64(words[1]), sequence > 0,
            words[2].utf8.count == 64, words[2].utf8.allSatisfy(isHexadecimal)
        else { return nil }
        self.init(sequence: sequence, hash: String(words[2]))
        // One spelling only: `+7` and `007` are read as numbers, too.
        guard self.line.equals(line) else { return nil }
    }
}

/// A digit as we write them: lower case.
func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
}

func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}

extension AnchorChoice {
    /// Who remembers the head of the trail at a path: the same means as for the store's age.
    package func auditMemory(
        for path: String, environment: [String: String]
    ) -> (any OutsideMemory)? {
        memory(
            for: path, kind: "audit", suffix: ".audit",
            digest: { path in
                let digest = SHA256.digest(Array(path.utf8).span).dangerouslyRevealedBytes()
                return hexadecimal(Array(digest.prefix(8)))
            }, environment: environment)
    }
}
