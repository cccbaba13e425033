import SesameCrypto
import SesameSecrets
import Testing

@Suite struct `HKDF with SHA-256` {
    @Test func `gives RFC 5869, appendix A.1`() {
        let key = derive(
            [UInt8](repeating: 0x0b, count: 22), salt: hex("000102030405060708090a0b0c"),
            info: hex("f0f1f2f3f4f5f6f7f8f9"), count: 42)
        #expect(
            key
                == hex(
                    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
                ))
    }

    @Test func `gives RFC 5869, appendix A.2, with long inputs`() {
        let key = derive(
            Array(0x00...0x4f), salt: Array(0x60...0xaf), info: Array(0xb0...0xff), count: 82)
        #expect(
            key
                == hex(
                    """
                    b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c
                    59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71
                    cc30c58179ec3e87c14c01d5c1f3434f1d87
                    """))
    }

    @Test func `gives RFC 5869, appendix A.3, without salt and info`() {
        let key = derive([UInt8](repeating: 0x0b, count: 22), salt: [], info: [], count: 42)
        #expect(
            key
                == hex(
                    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
                ))
    }

    @Test func `gives what Project Wycheproof expects`() throws {
        let lines = try vectorLines("hkdf.txt")
        #expect(lines.count == 80)
        for words in lines {
            let fields = words.dropFirst().map(vectorBytes)
            let key = derive(fields[0], salt: fields[1], info: fields[2], count: fields[3].count)
            #expect(key == fields[3], "\(words[0])")
        }
    }

    /// The longest output that there is: 255 digests (RFC 5869, section 2.3), of which a shorter one is the beginning.
    @Test func `gives up to 8,160 bytes`() {
        let (key, salt) = ([UInt8](repeating: 7, count: 32), [UInt8](repeating: 9, count: 16))
        let longest = derive(key, salt: salt, info: [1, 2, 3], count: 8160)
        #expect(longest.count == 8160)
        for count in [1, 31, 32, 33, 8159] {
            #expect(
                derive(key, salt: salt, info: [1, 2, 3], count: count)[...] == longest.prefix(count)
            )
        }
    }

    /// The keys of a sealed record: the design's own vectors.
    @Test func `gives the store's encryption key and commitment`() {
        let root = Secret(copying: Array(0x00...0x1f))
        let salt: [UInt8] = Array(0xa0...0xaf)
        let encryption = HKDF.sha256(root, salt: salt.span, info: "store/v1/enc")
        #expect(
            encryption.dangerouslyRevealedBytes()
                == hex("9676c50fad51f181e24d03534299bb11ccff413a19c182ddf65a443588cc1e5a"))
        let commitment = HKDF.sha256(root, salt: salt.span, info: "store/v1/commit")
        #expect(
            commitment.dangerouslyRevealedBytes()
                == hex("352759a90e6c58b8589e6f1d4e016c978fdc65507d9002858287ed70dce2e7f3"))
    }

    private func derive(
        _ key: [UInt8], salt: [UInt8], info: [UInt8], count: Int
    ) -> [UInt8] {
        HKDF.sha256(Secret(copying: key), salt: salt.span, info: info.span, count: count)
            .dangerouslyRevealedBytes()
    }
}
