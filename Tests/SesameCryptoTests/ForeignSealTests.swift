import SesameCrypto
import SesameSecrets
import Testing

@Suite struct `PBKDF2 with HMAC-SHA-256` {
    /// The first half of RFC 7914, section 11: the first block is the same whatever the length.
    @Test(arguments: [
        (
            "passwd", "salt", Int64(1),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
        ),
        (
            "Password", "NaCl", 80_000,
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
        ),
    ])
    func `gives RFC 7914, section 11`(
        password: String, salt: String, iterations: Int64, key: String
    ) throws {
        let derived = try PBKDF2.sha256(
            Secret(utf8: password), salt: Array(salt.utf8).span, iterations: iterations)
        #expect(derived.dangerouslyRevealedBytes() == hex(key))
    }

    @Test(arguments: [Int64.min, -1, 0, PBKDF2.mostIterations + 1, .max])
    func `works for no number of iterations that nobody uses`(iterations: Int64) {
        #expect(throws: CryptoError.self) {
            try PBKDF2.sha256(
                Secret(utf8: "password"), salt: [1, 2, 3].span, iterations: iterations)
        }
    }
}

@Suite struct `AES-128 in CBC mode` {
    /// The vector of the specification of Fernet (github.com/fernet/spec, generate.json).
    private static let fernetKey: [UInt8] = {
        let text = Array("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4".utf8)
        let bytes = Base64URL.decode(text.span)?.dangerouslyRevealedBytes() ?? []
        return Array(bytes.suffix(16))
    }()
    private let vector = Array(UInt8(0)..<16)
    private let sealed = hex("2d36d5ca46556299fde13008633804b2")

    @Test func `opens what the specification of Fernet seals`() throws {
        let opened = try AES128CBC.open(
            sealed.span, key: Secret(copying: Self.fernetKey), initialVector: vector.span)
        #expect(opened.dangerouslyRevealedText() == "hello")
    }

    @Test func `refuses what is no block, and what is no padding`() {
        let key = Secret(copying: Self.fernetKey)
        for ciphertext in [[], Array(sealed.dropLast()), sealed + [0], vector] {
            #expect(throws: CryptoError.self) {
                try AES128CBC.open(ciphertext.span, key: key, initialVector: vector.span)
            }
        }
        for (key, vector) in [(Secret(copying: []), vector), (key, []), (key, vector + [0])] {
            #expect(throws: CryptoError.self) {
                try AES128CBC.open(sealed.span, key: key, initialVector: vector.span)
            }
        }
    }
}
