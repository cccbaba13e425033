import SesameMautic
import Testing

@Suite struct `The text of a file` {
    private func first(_ bytes: [UInt8], _ encoding: TextEncoding? = nil, size: Int = 3) throws
        -> [String]
    {
        try values(of: CSVReader(TextInput(TextPieces(bytes, size: size), encoding: encoding)))[0]
    }

    @Test(arguments: [1, 2, 5], [true, false])
    func `is UTF-16 where its mark says so`(_ size: Int, _ isLittle: Bool) throws {
        let units = Array("\u{FEFF}a;b\r\nZürich;😀\r\n".utf16)
        let bytes = units.flatMap { unit in
            let pair = [UInt8(unit & 0xFF), UInt8(unit >> 8)]
            return isLittle ? pair : pair.reversed()
        }
        #expect(try first(bytes, size: size) == ["Zürich", "😀"])
    }

    @Test func `is Windows-1252 where a person says so`() throws {
        let bytes = Array("a,b\n".utf8) + [0x5A, 0xFC, 0x72, 0x2C, 0x80, 0x20, 0x9F]
        #expect(try first(bytes, .windows1252) == ["Zür", "€ Ÿ"])
    }

    @Test(
        arguments: [
            ([0xFF, 0xFE, 0x61, 0x00, 0x0A, 0x00, 0x3D, 0xD8], TextEncoding?.none),
            ([0xFF, 0xFE, 0x61, 0x00, 0x0A, 0x00, 0x00, 0xDC, 0x61, 0x00], nil),
            ([0xFF, 0xFE, 0x61, 0x00, 0x0A, 0x00, 0x61], nil), ([0x61, 0x0A, 0x81], .windows1252),
            ([0x61, 0x0A, 0xC3], nil), ([0x61, 0x0A, 0xED, 0xA0, 0x80], nil),
        ] as [([UInt8], TextEncoding?)])
    func `loses a row with what is no character`(_ bytes: [UInt8], _ encoding: TextEncoding?) throws
    {
        #expect(
            try first(bytes, encoding) == ["!", "line 2, column “a”: this is not text in UTF-8"])
    }
}
