import SesameCrypto
import SesameSecrets
import Testing

/// Signatures that others have made, good and bad ones; `Vectors/signatures.txt` names their source.
@Suite struct `The signatures of Project Wycheproof` {
    @Test(arguments: SignatureAlgorithm.allCases)
    func `are judged as they should be`(algorithm: SignatureAlgorithm) throws {
        let cases = try SignatureCase.all().filter { $0.algorithm == algorithm }
        #expect(cases.contains { $0.isValid } && cases.contains { !$0.isValid })
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

/// RFC 7518, section 3.5: whoever takes any salt takes signatures that others would not.
@Suite struct `A signature by RSASSA-PSS` {
    @Test func `has the salt and the digests of PS256, or is none`() throws {
        let cases = try SignatureCase.all(of: "pss-salts.txt")
        #expect(cases.count == 13 && cases.count(where: \.isValid) == 1)
        for one in cases {
            let key = try PublicKey(one.key)
            #expect(
                key.accepts(one.signature, of: one.message, with: .ps256) == one.isValid,
                "\(one.number)")
            #expect(!key.accepts(one.signature, of: one.message, with: .rs256), "\(one.number)")
        }
    }

    @Test func `is made with them`() throws {
        let key = try PrivateKey.generate(.rsa)
        let message = Array("a message".utf8)
        let signature = try key.sign(message.span, with: .ps256)
        #expect(try key.publicKey().accepts(signature, of: message, with: .ps256))
        let again = try key.sign(message.span, with: .ps256)
        #expect(signature != again, "the salt is random")
    }
}

private struct SignatureCase {
    let key: PublicKeyParts
    let algorithm: SignatureAlgorithm
    let number: String
    let isValid: Bool
    let message: [UInt8]
    let signature: [UInt8]

    static func all(of file: String = "signatures.txt") throws -> [SignatureCase] {
        var cases: [SignatureCase] = []
        var current: (SignatureAlgorithm, PublicKeyParts)?
        for words in try vectorLines(file) {
            if words[0] == "key" {
                current = try key(words)
                continue
            }
            let (algorithm, key) = try #require(current)
            cases.append(
                SignatureCase(
                    key: key, algorithm: algorithm, number: words[0], isValid: words[1] == "valid",
                    message: vectorBytes(words[2]), signature: vectorBytes(words[3])))
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
