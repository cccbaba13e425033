import SesameCrypto
import SesameSecrets
import TestSupport
import Testing

@Suite struct `A private key` {
    private let message: [UInt8] = Array("a message".utf8)

    @Test(arguments: KeyKind.allCases)
    func `makes signatures that its public key accepts, and no other key`(kind: KeyKind) throws {
        let key = try PrivateKey.generate(kind)
        let other = try PrivateKey.generate(kind).publicKey()
        let mine = try key.publicKey()
        for algorithm in kind.algorithms {
            let signature = try key.sign(message.span, with: algorithm)
            #expect(mine.accepts(signature, of: message, with: algorithm))
            #expect(!other.accepts(signature, of: message, with: algorithm))
        }
    }

    @Test(arguments: KeyKind.allCases)
    func `does not sign with an algorithm of another kind`(kind: KeyKind) throws {
        let key = try PrivateKey.generate(kind)
        for algorithm in SignatureAlgorithm.allCases where !kind.algorithms.contains(algorithm) {
            #expect(
                code { () throws(CryptoError) in
                    _ = try key.sign(message.span, with: algorithm)
                } == .wrongAlgorithm)
            let signature = [UInt8](repeating: 0, count: 64)
            let isValid = try key.publicKey().accepts(signature, of: message, with: algorithm)
            #expect(!isValid)
        }
    }

    /// r or s begins with a zero in one signature of 128.
    @Test func `of P-256 makes signatures of 64 bytes, whatever zeros they begin with`() throws {
        let key = try PrivateKey.generate(.p256)
        let publicKey = try key.publicKey()
        var short = 0
        for number in 0..<600 {
            let text = Array("\(number)".utf8)
            let signature = try key.sign(text.span, with: .es256)
            #expect(signature.count == 64)
            #expect(publicKey.accepts(signature, of: text, with: .es256))
            if signature[0] == 0 || signature[32] == 0 { short += 1 }
        }
        #expect(short > 0, "600 signatures, and none with a short half: not by chance")
    }

    @Test(arguments: KeyKind.allCases)
    func `can be taken apart and put together again`(kind: KeyKind) throws {
        let key = try PrivateKey.generate(kind)
        let copy = try PrivateKey(try key.dangerouslyRevealedParts())
        #expect(try copy.publicKey().parts == key.publicKey().parts)
        let signature = try copy.sign(message.span, with: kind.algorithms[0])
        let isValid = try key.publicKey().accepts(signature, of: message, with: kind.algorithms[0])
        #expect(isValid)
    }

    @Test(arguments: KeyKind.allCases)
    func `is not made of halves that belong to two keys`(kind: KeyKind) throws {
        let mixed: PrivateKeyParts =
            switch (
                try PrivateKey.generate(kind).dangerouslyRevealedParts(),
                try PrivateKey.generate(kind).dangerouslyRevealedParts()
            ) {
            case (.p256(let x, let y, _), .p256(_, _, let d)): .p256(x: x, y: y, d: d)
            case (.ed25519(let x, _), .ed25519(_, let d)): .ed25519(x: x, d: d)
            case (.rsa(var first), .rsa(let second)):
                {
                    (first.p, first.q, first.dp) = (second.p, second.q, second.dp)
                    return .rsa(first)
                }()
            case (let parts, _): parts
            }
        #expect(code { () throws(CryptoError) in _ = try PrivateKey(mixed) } == .badKey)
    }

    @Test func `is not made of numbers of another length`() throws {
        let short = Secret(copying: [UInt8](repeating: 1, count: 31))
        let half = [UInt8](repeating: 1, count: 32)
        #expect(
            code { () throws(CryptoError) in
                _ = try PrivateKey(.ed25519(x: half, d: short))
            } == .badLength)
        #expect(
            code { () throws(CryptoError) in
                _ = try PrivateKey(.p256(x: half, y: half, d: short))
            } == .badLength)
    }
}

@Suite struct `A private key in PEM` {
    @Test(arguments: [
        (KeyKind.p256, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"),
        (.p256, "ecparam -name prime256v1 -genkey"),
        (.p256, "ecparam -name prime256v1 -genkey -noout"),
        (.ed25519, "genpkey -algorithm ED25519"),
        (.rsa, "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"),
        (.rsa, "genrsa -traditional 2048"),
    ])
    func `is read in every form that openssl writes`(kind: KeyKind, command: String) throws {
        let key = try PrivateKey(pem: try openssl(command))
        #expect(key.kind == kind)
        let message: [UInt8] = [1, 2, 3]
        let signature = try key.sign(message.span, with: kind.algorithms[0])
        let isValid = try key.publicKey().accepts(signature, of: message, with: kind.algorithms[0])
        #expect(isValid)
    }

    /// J-5; RFC 8725, section 3.2; FAPI 2.0, section 5.4.1.
    @Test(arguments: [
        ("genrsa 1024", CryptoError.Code.weakKey),
        ("genrsa -traditional 1024", .weakKey),
        ("ecparam -name secp384r1 -genkey -noout", .unsupportedKey),
        ("ecparam -name secp256k1 -genkey -noout", .unsupportedKey),
        ("genpkey -algorithm X25519", .unsupportedKey),
        ("genpkey -algorithm ED448", .unsupportedKey),
        ("genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048", .unsupportedKey),
    ])
    func `is refused where it is too weak or of another kind`(
        command: String, expected: CryptoError.Code
    ) throws {
        let text = try openssl(command)
        #expect(code { () throws(CryptoError) in _ = try PrivateKey(pem: text) } == expected)
    }

    /// OpenSSL's own reader would ask at the terminal.
    @Test(arguments: [
        "genpkey -algorithm ED25519 -aes-256-cbc -pass pass:secret",
        "genrsa -traditional -aes128 -passout pass:secret 2048",
    ])
    func `is refused without a question where it is encrypted`(command: String) throws {
        let text = try openssl(command)
        #expect(code { () throws(CryptoError) in _ = try PrivateKey(pem: text) } == .encryptedKey)
    }

    @Test(arguments: [
        "", "no key", "-----BEGIN PRIVATE KEY-----\n", "\0",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ])
    func `is refused where it is none`(text: String) throws {
        #expect(
            code { () throws(CryptoError) in
                _ = try PrivateKey(pem: Secret(utf8: text))
            } == .badKey)
    }

    @Test func `is not looked for in a public key`() throws {
        let folder = TemporaryFolder()
        let file = folder.file("key")
        let made = try ChildProcess.run(
            "openssl", ["genpkey", "-algorithm", "ED25519", "-out", file])
        #expect(made.status == 0)
        let text = try ChildProcess.run("openssl", ["pkey", "-in", file, "-pubout"]).output
        #expect(
            code { () throws(CryptoError) in
                _ = try PrivateKey(pem: Secret(utf8: text))
            } == .badKey)
    }
}

/// What openssl prints, without a terminal that it, or we, could ask at.
private func openssl(_ command: String) throws -> Secret {
    let words = command.split(separator: " ").map(String.init)
    let result = try ChildProcess.run("openssl", words)
    try #require(result.status == 0, "\(result.errors)")
    return Secret(utf8: result.output)
}

/// The code of the error that `body` throws; `nil` when it throws none.
func code(_ body: () throws(CryptoError) -> Void) -> CryptoError.Code? {
    do { try body() } catch { return error.code }
    return nil
}
