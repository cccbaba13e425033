import SesameCrypto
import SesameSecrets
import Testing

/// A case of the GCM specification with a 256-bit key and a 96-bit nonce.
struct GCMCase: Sendable, CustomTestStringConvertible {
    let name: String
    let key: String
    let nonce: String
    let plaintext: String
    let associatedData: String
    let sealed: String

    var testDescription: String { name }

    static let all = [
        GCMCase(
            name: "13: nothing", key: zeros(32), nonce: zeros(12), plaintext: "",
            associatedData: "",
            sealed: "530f8afbc74536b9a963b4f1c4cb738b"),
        GCMCase(
            name: "14: one block of zeros", key: zeros(32), nonce: zeros(12), plaintext: zeros(16),
            associatedData: "",
            sealed: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
        GCMCase(
            name: "16: with associated data",
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888",
            plaintext: """
                d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
                1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39
                """,
            associatedData: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            sealed: """
                522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
                8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662
                76fc6ece0f4e1768cddf8853bb2d551b
                """),
    ]

    private static func zeros(_ count: Int) -> String { String(repeating: "00", count: count) }
}

@Suite struct `AES-256-GCM` {
    @Test(arguments: GCMCase.all)
    func `seals and opens the cases of the specification`(vector: GCMCase) throws {
        let key = Secret(copying: hex(vector.key))
        let sealed = try AES256GCM.seal(
            hex(vector.plaintext).span, key: key, nonce: hex(vector.nonce).span,
            associatedData: hex(vector.associatedData).span)
        #expect(sealed == hex(vector.sealed))
        let opened = try AES256GCM.open(
            sealed.span, key: key, nonce: hex(vector.nonce).span,
            associatedData: hex(vector.associatedData).span)
        #expect(opened.dangerouslyRevealedBytes() == hex(vector.plaintext))
    }

    @Test func `judges the cases of Project Wycheproof as they should be`() throws {
        let lines = try vectorLines("aes-gcm.txt")
        #expect(lines.count(where: { $0[1] == "valid" }) == 16 && lines.count == 43)
        for words in lines {
            let fields = words.dropFirst(2).map(vectorBytes)
            let key = Secret(copying: fields[0])
            let (nonce, data, message) = (fields[1], fields[2], fields[3])
            let sealed = fields[4] + fields[5]
            let opened = try? AES256GCM.open(
                sealed.span, key: key, nonce: nonce.span, associatedData: data.span)
            let isValid = words[1] == "valid"
            #expect(opened?.dangerouslyRevealedBytes() == (isValid ? message : nil), "\(words[0])")
            let own = try AES256GCM.seal(
                message.span, key: key, nonce: nonce.span, associatedData: data.span)
            #expect((own == sealed) == isValid, "\(words[0])")
        }
    }

    @Test func `refuses a changed bit anywhere`() throws {
        let vector = GCMCase.all[2]
        let key = Secret(copying: hex(vector.key))
        let data = hex(vector.associatedData)
        for bit in 0..<(hex(vector.sealed).count * 8) {
            var sealed = hex(vector.sealed)
            sealed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: CryptoError.self) {
                try AES256GCM.open(
                    sealed.span, key: key, nonce: hex(vector.nonce).span, associatedData: data.span)
            }
        }
        for index in data.indices {
            var changed = data
            changed[index] ^= 1
            #expect(throws: CryptoError.self) {
                try AES256GCM.open(
                    hex(vector.sealed).span, key: key, nonce: hex(vector.nonce).span,
                    associatedData: changed.span)
            }
        }
    }

    @Test func `refuses what is shorter than a tag, and impossible keys and nonces`() {
        let key = Secret(copying: [UInt8](repeating: 0, count: 32))
        let nonce = [UInt8](repeating: 0, count: 12)
        let nothing: [UInt8] = []
        let short = [UInt8](repeating: 0, count: 15)
        #expect(throws: CryptoError.self) {
            try AES256GCM.open(
                short.span, key: key, nonce: nonce.span, associatedData: nothing.span)
        }
        // An empty one would show the key of the tags (CVE-2017-7822).
        for bad in [nothing, short, Array(nonce.dropLast()), nonce + [0]] {
            #expect(throws: CryptoError.self) {
                try AES256GCM.seal(
                    short.span, key: key, nonce: bad.span, associatedData: nothing.span)
            }
            #expect(throws: CryptoError.self) {
                try AES256GCM.open(
                    (short + short).span, key: key, nonce: bad.span, associatedData: nothing.span)
            }
        }
        #expect(throws: CryptoError.self) {
            try AES256GCM.seal(
                short.span, key: Secret(copying: short), nonce: nonce.span,
                associatedData: nothing.span)
        }
    }
}
