import SesameCrypto
import Testing

@Suite struct `A public key` {
    @Test func `is refused where its point is not on the curve`() throws {
        guard case .p256(let x, var y) = try PrivateKey.generate(.p256).publicKey().parts else {
            return
        }
        y[31] ^= 1
        #expect(code { () throws(CryptoError) in _ = try PublicKey(.p256(x: x, y: y)) } == .badKey)
        let zero = [UInt8](repeating: 0, count: 32)
        #expect(
            code { () throws(CryptoError) in _ = try PublicKey(.p256(x: zero, y: zero)) } == .badKey
        )
    }

    @Test(arguments: [0, 31, 33, 64])
    func `is refused where a coordinate has another length`(count: Int) throws {
        let bytes = [UInt8](repeating: 4, count: count)
        let right = [UInt8](repeating: 4, count: 32)
        for parts in [
            PublicKeyParts.p256(x: bytes, y: right), .p256(x: right, y: bytes), .ed25519(x: bytes),
        ] {
            #expect(code { () throws(CryptoError) in _ = try PublicKey(parts) } == .badLength)
        }
    }

    static let sizes: [(Int, [UInt8], CryptoError.Code?)] = [
        (128, [0x01, 0x00, 0x01], CryptoError.Code.weakKey),
        (255, [0x01, 0x00, 0x01], .weakKey),
        (256, [0x01], .weakKey), (256, [0x02], .weakKey), (256, [0x01, 0x00, 0x00], .weakKey),
        (1024, [0x01, 0x00, 0x01], nil), (1025, [0x01, 0x00, 0x01], .badLength),
        (256, [1, 1, 1, 1, 1, 1, 1, 1, 1], .badLength), (256, [], .badLength),
        (256, [0x00, 0x01, 0x00, 0x01], .badLength), (256, [0x03], nil),
    ]

    /// RFC 7518, section 3.3; FAPI 2.0, section 5.4.1.
    @Test(arguments: sizes)
    func `of RSA is refused where it is too small, too large, or has a useless exponent`(
        bytes: Int, exponent: [UInt8], expected: CryptoError.Code?
    ) throws {
        let modulus = [UInt8](repeating: 0xFF, count: bytes)
        #expect(
            code { () throws(CryptoError) in _ = try PublicKey(.rsa(n: modulus, e: exponent)) }
                == expected)
    }

    @Test func `of RSA is refused where everybody knows a factor of it`() throws {
        var modulus = [UInt8](repeating: 0xFF, count: 256)
        modulus[255] = 0xFE
        #expect(
            code { () throws(CryptoError) in
                _ = try PublicKey(.rsa(n: modulus, e: [0x01, 0x00, 0x01]))
            } == .badKey)
    }
}

extension PublicKey {
    /// The same with arrays, which a test's expectation can take apart.
    func accepts(
        _ signature: [UInt8], of message: [UInt8], with algorithm: SignatureAlgorithm
    ) -> Bool {
        isValid(signature.span, of: message.span, with: algorithm)
    }
}
