import Glibc
import SesameCrypto
import SesameSecrets
import Testing

/// Each test has a process of its own, which ends as a program does whose threads are still at work.
@Suite struct `OpenSSL in a program that calls exit` {
    @Test(arguments: FirstUse.allCases)
    private func `is there until the process is gone`(whatever first: FirstUse) async {
        await #expect(processExitsWith: .exitCode(23)) { [first] in
            // Registered before OpenSSL was used, so it runs after whatever OpenSSL has registered.
            atexit {
                let digest = SHA256.digest([UInt8]("abc".utf8).span).dangerouslyRevealedBytes()
                _exit(digest.first == 0xba ? 23 : 24)
            }
            try first.make()
            exit(0)
        }
    }
}

/// What a process may want of OpenSSL first: whatever it is, it must say that OpenSSL stays.
private enum FirstUse: String, CaseIterable, Codable {
    case random, digest, code, codeOfMany, derivedKey, passphrase, password
    case sealing, reading, agreement, newKey, keyFile, publicKey, certificate

    func make() throws {
        let bytes = [UInt8](repeating: 7, count: 32)
        let secret = Secret(copying: bytes)
        switch self {
        case .random: _ = SystemRandom().bytes(1)
        case .digest: _ = SHA512.digest(bytes.span)
        case .code: _ = HMAC.sha256(bytes.span, key: secret)
        case .codeOfMany: _ = HMACKey(secret)
        case .derivedKey: _ = HKDF.sha256(secret, salt: bytes.span, info: "a")
        case .passphrase:
            let weak = try #require(Scrypt.Parameters(ofAgeFile: 1))
            _ = try Scrypt.derive(secret, salt: bytes.span, parameters: weak)
        case .password: _ = try PBKDF2.sha256(secret, salt: bytes.span, iterations: 1)
        case .sealing:
            _ = try AES256GCM.seal(
                bytes.span, key: secret, nonce: bytes.span.extracting(0..<12),
                associatedData: bytes.span)
        case .reading:
            _ = try? AES128CBC.open(
                bytes.span, key: Secret(copying: [UInt8](bytes.prefix(16))),
                initialVector: bytes.span.extracting(0..<16))
        case .agreement: _ = try X25519.publicKey(of: secret)
        case .newKey: _ = try PrivateKey.generate(.p256)
        case .keyFile: _ = try? PrivateKey(pem: Secret(copying: [UInt8]("no key".utf8)))
        case .publicKey: _ = try? PublicKey(.ed25519(x: bytes))
        case .certificate: _ = try? CertifiedKey(chain: secret, key: secret)
        }
    }
}
