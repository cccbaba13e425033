import SesameCrypto
import SesameSecrets
import Testing

@Suite struct `The X25519 agreement` {
    private let alice = Secret(
        copying: hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
    private let bob = Secret(
        copying: hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
    private let alicePublic =
        hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
    private let bobPublic =
        hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")

    @Test func `agrees on the secret of RFC 7748, section 6 1`() throws {
        #expect(try X25519.publicKey(of: alice) == alicePublic)
        #expect(try X25519.publicKey(of: bob) == bobPublic)
        let shared = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
        #expect(
            try X25519.sharedSecret(alice, with: bobPublic.span).dangerouslyRevealedBytes()
                == shared)
        #expect(
            try X25519.sharedSecret(bob, with: alicePublic.span).dangerouslyRevealedBytes()
                == shared)
    }

    @Test(arguments: [
        (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
        ),
        (
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
        ),
    ])
    func `multiplies as in RFC 7748, section 5 2`(scalar: String, point: String, product: String)
        throws
    {
        let shared = try X25519.sharedSecret(
            Secret(copying: hex(scalar)), with: hex(point).span)
        #expect(shared.dangerouslyRevealedBytes() == hex(product))
    }

    /// RFC 7748, section 6.1: with these points the secret is zero, whoever computes it.
    @Test(arguments: [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ])
    func `refuses a point of small order`(point: String) {
        #expect(throws: CryptoError.self) {
            try X25519.sharedSecret(alice, with: hex(point).span)
        }
    }

    @Test func `refuses keys of another length`() {
        let short = [UInt8](repeating: 1, count: 31)
        #expect(throws: CryptoError.self) { try X25519.publicKey(of: Secret(copying: short)) }
        #expect(throws: CryptoError.self) { try X25519.sharedSecret(alice, with: short.span) }
    }
}
