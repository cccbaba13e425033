import SesameCrypto
import SesameSecrets
import Testing

@Suite struct `ChaCha20-Poly1305` {
    private let key = Secret(
        copying: hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"))
    private let nonce = hex("070000004041424344454647")
    private let data = hex("50515253c0c1c2c3c4c5c6c7")
    private let plaintext = Array(
        ("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
            + "future, sunscreen would be it.").utf8)
    private let sealed = hex(
        """
        d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6
        3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36
        92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc
        3ff4def08e4b7a9de576d26586cec64b6116
        1ae10b594f09e26a7e902ecbd0600691
        """)

    @Test func `seals and opens the example of RFC 8439, section 2 8 2`() throws {
        let made = try ChaCha20Poly1305.seal(
            plaintext.span, key: key, nonce: nonce.span, associatedData: data.span)
        #expect(made == sealed)
        let opened = try ChaCha20Poly1305.open(
            sealed.span, key: key, nonce: nonce.span, associatedData: data.span)
        #expect(opened.dangerouslyRevealedBytes() == plaintext)
    }

    @Test func `seals and opens nothing at all`() throws {
        let nothing: [UInt8] = []
        let tag = try ChaCha20Poly1305.seal(
            nothing.span, key: key, nonce: nonce.span, associatedData: nothing.span)
        #expect(tag.count == ChaCha20Poly1305.tagLength)
        let opened = try ChaCha20Poly1305.open(
            tag.span, key: key, nonce: nonce.span, associatedData: nothing.span)
        #expect(opened.isEmpty)
    }

    @Test func `refuses a changed bit anywhere, and another nonce`() throws {
        for bit in 0..<(sealed.count * 8) {
            var changed = sealed
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: CryptoError.self) {
                try ChaCha20Poly1305.open(
                    changed.span, key: key, nonce: nonce.span, associatedData: data.span)
            }
        }
        var other = nonce
        other[11] ^= 1
        #expect(throws: CryptoError.self) {
            try ChaCha20Poly1305.open(
                sealed.span, key: key, nonce: other.span, associatedData: data.span)
        }
    }
}
