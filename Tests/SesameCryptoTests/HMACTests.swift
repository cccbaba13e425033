import SesameCrypto
import SesameSecrets
import Testing

@Suite struct `HMAC-SHA-256` {
    @Test func `gives RFC 4231, test case 1`() {
        let key = Secret(copying: [UInt8](repeating: 0x0b, count: 20))
        #expect(
            code("Hi There", key: key)
                == hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"))
    }

    @Test func `gives RFC 4231, test case 2`() {
        #expect(
            code("what do ya want for nothing?", key: Secret(utf8: "Jefe"))
                == hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"))
    }

    @Test func `gives RFC 4231, test case 6, with a key longer than a block`() {
        let key = Secret(copying: [UInt8](repeating: 0xaa, count: 131))
        #expect(
            code("Test Using Larger Than Block-Size Key - Hash Key First", key: key)
                == hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"))
    }

    @Test func `accepts an empty message`() {
        // The empty digest under the empty key is a well-known value.
        #expect(
            code("", key: Secret(utf8: ""))
                == hex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"))
    }

    @Test func `is the same with a key that was taken in once, for message after message`() {
        let key = Secret(copying: [UInt8](repeating: 0xaa, count: 131))
        let prepared = HMACKey(key)
        for message in ["", "a", "Hi There", String(repeating: "long ", count: 1000), "a"] {
            let own = prepared.code(of: Array(message.utf8).span).dangerouslyRevealedBytes()
            #expect(own == code(message, key: key))
        }
    }

    private func code(_ message: String, key: Secret) -> [UInt8] {
        HMAC.sha256(Array(message.utf8).span, key: key).dangerouslyRevealedBytes()
    }
}
