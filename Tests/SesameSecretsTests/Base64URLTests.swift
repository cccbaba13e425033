import SesameSecrets
import Testing

@Suite struct `Base64url` {
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"),
        ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy"),
    ])
    func `encodes the vectors of RFC 4648, section 10, without padding`(
        text: String, encoded: String
    ) {
        #expect(Base64URL.encode(Array(text.utf8).span) == encoded)
        #expect(Base64URL.decode(Array(encoded.utf8).span)?.dangerouslyRevealedText() == text)
    }

    @Test func `uses the URL-safe alphabet`() {
        let bytes: [UInt8] = [0xFB, 0xFF, 0xFE]
        #expect(Base64URL.encode(bytes.span) == "-__-")
    }

    @Test func `returns every byte it was given`() {
        let bytes = (0...255).map { UInt8($0) }
        let encoded = Array(Base64URL.encode(bytes.span).utf8)
        #expect(Base64URL.decode(encoded.span)?.dangerouslyRevealedBytes() == bytes)
    }

    /// Standards 2.4: two texts for one value would be two signatures for one token.
    @Test(arguments: ["Zg==", "Zm+v", "Zm/v", "Zg ", "Z", "Zm9vY", "Zh", "Zm9", "Zm8\n"])
    func `refuses what a lax decoder takes`(text: String) {
        #expect(Base64URL.decode(Array(text.utf8).span) == nil)
    }

    @Test func `has a padded sibling for HTTP Basic`() {
        var out = SecretBuffer()
        Base64.encode(Array("Aladdin:open sesame".utf8).span, into: &out)
        #expect(Secret(out).dangerouslyRevealedText() == "QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    }
}
