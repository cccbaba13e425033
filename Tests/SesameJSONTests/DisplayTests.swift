import SesameJSON
import SesameSecrets
import Testing

@Suite struct `JSON where a terminal may show it` {
    @Test(arguments: [
        ("plain", #""plain""#), ("Zürich 😀", #""Zürich 😀""#),
        ("a\u{202E}b\u{200D}c\u{9B}d\u{FEFF}", #""a\u202eb\u200dc\u009bd\ufeff""#),
        ("\u{E0041}", #""\udb40\udc41""#), ("\u{1B}[2J\n\"\\", #""\u001b[2J\n\"\\""#),
    ])
    func `has an escape for what could fool it, and loses nothing`(_ text: String, _ shown: String)
        throws
    {
        let encoded = JSONValue.string(text).encodedForDisplay()
        #expect(encoded.dangerouslyRevealedText() == shown)
        #expect(try JSON(parsing: encoded).string == text)
    }

    @Test func `is the same where a secret's bytes are no text`() {
        let bytes: [UInt8] = [0x61, 0xE2, 0x80, 0xFF, 0xC3]
        let encoded = JSONValue.secret(Secret(copying: bytes)).encodedForDisplay()
        #expect(encoded.dangerouslyRevealedBytes() == [0x22] + bytes + [0x22])
    }
}
