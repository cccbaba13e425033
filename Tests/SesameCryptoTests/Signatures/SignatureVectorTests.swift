import SesameCrypto
import SesameSecrets
import SesameSystem
import Testing

/// Signatures that others have made, good and bad ones; `Vectors/signatures.txt` names their source.
@Suite struct `The signatures of Project Wycheproof` {
    @Test(arguments: SignatureAlgorithm.allCases)
    func `are judged as they should be`(algorithm: SignatureAlgorithm) throws {
        let cases = try SignatureCase.all().filter { $0.algorithm == algorithm }
        #expect(
            cases.contains { $0.isValid } && cases.contains { !$0.isValid || algorithm == .ps256 })
        for one in cases {
            let key = try PublicKey(one.key)
            let isValid = key.accepts(one.signature, of: one.message, with: one.algorithm)
            #expect(isValid == one.isValid, "\(one.algorithm), tcId \(one.number)")
        }
    }

    /// Both are of one key, and neither padding passes for the other.
    @Test func `of RSA are good for one padding only`() throws {
        for one in try SignatureCase.all() where one.isValid {
            guard case .rsa = one.key else { continue }
            let other: SignatureAlgorithm = one.algorithm == .ps256 ? .rs256 : .ps256
            let key = try PublicKey(one.key)
            #expect(!key.accepts(one.signature, of: one.message, with: other))
        }
    }

    @Test func `are no longer good with a bit flipped or a byte less or more`() throws {
        for one in try SignatureCase.all() where one.isValid {
            let key = try PublicKey(one.key)
            var flipped = one.signature
            flipped[flipped.count / 2] ^= 1
            for bad in [flipped, Array(one.signature.dropLast()), one.signature + [0], []] {
                #expect(!key.accepts(bad, of: one.message, with: one.algorithm))
            }
            let message = one.message + [0]
            #expect(!key.accepts(one.signature, of: message, with: one.algorithm))
        }
    }
}

private struct SignatureCase {
    let key: PublicKeyParts
    let algorithm: SignatureAlgorithm
    let number: String
    let isValid: Bool
    let message: [UInt8]
    let signature: [UInt8]

    static func all(thisFile: String = #filePath) throws -> [SignatureCase] {
        let folder = thisFile.split(separator: "/").dropLast(2).joined(separator: "/")
        let text = try PrivateFile.readShared(
            "/\(folder)/Vectors/signatures.txt", limit: 1 << 20
        ).dangerouslyRevealedText()
        var cases: [SignatureCase] = []
        var current: (SignatureAlgorithm, PublicKeyParts)?
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ").map(String.init)
            if words[0] == "key" {
                current = try key(words)
                continue
            }
            let (algorithm, key) = try #require(current)
            cases.append(
                SignatureCase(
                    key: key, algorithm: algorithm, number: words[0], isValid: words[1] == "valid",
                    message: words[2] == "-" ? [] : hex(words[2]), signature: hex(words[3])))
        }
        return cases
    }

    private static func key(_ words: [String]) throws -> (SignatureAlgorithm, PublicKeyParts) {
        switch words[1] {
        case "ES256": (.es256, .p256(x: hex(words[2]), y: hex(words[3])))
        case "Ed25519": (.ed25519, .ed25519(x: hex(words[2])))
        case "PS256": (.ps256, .rsa(n: hex(words[2]), e: hex(words[3])))
        default: (.rs256, .rsa(n: hex(words[2]), e: hex(words[3])))
        }
    }
}
