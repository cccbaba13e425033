import SesameMautic
import Testing

@Suite struct `A file of comma-separated values` {
    private func rows(_ text: String, size: Int = 3) throws -> [[String]] {
        try values(of: try CSVReader(TextInput(TextPieces(text, size: size))))
    }

    private func refusal(of text: String) -> ContactFileError? {
        do {
            _ = try rows(text)
            return nil
        } catch {
            return error as? ContactFileError
        }
    }

    @Test(
        "is read as RFC 4180, section 2 says, whatever the pieces it comes in",
        arguments: [1, 2, 3, 7, 1000])
    func readsRFC4180(_ size: Int) throws {
        let text =
            "a,b,c\r\n1,2,3\r\n\"x,y\",\"say \"\"hi\"\"\",\"two\r\nlines\"\r\n,,x\r\nlast,\"\",z"
        #expect(
            try rows(text, size: size) == [
                ["1", "2", "3"], ["x,y", "say \"hi\"", "two\r\nlines"], ["", "", "x"],
                ["last", "", "z"],
            ])
    }

    @Test(arguments: [
        ("a;b\n1;2,5\n", [["1", "2,5"]]), ("a\tb\n1\t2;3\n", [["1", "2;3"]]),
        ("sep=;\na;b\n1;2\n", [["1", "2"]]), ("sep=;\ra;b\r1;2", [["1", "2"]]),
        ("sep=\nx\n", [["x"]]), ("\"a;x\",b\n1,2\n", [["1", "2"]]),
        ("a,b\r1,2\r3,4\r", [["1", "2"], ["3", "4"]]),
        ("a,b\n\n1,2\n\n\n3,4", [["1", "2"], ["3", "4"]]),
        ("a,b,,\n1,2,,\n", [["1", "2"]]), ("\u{FEFF}a\n1\n", [["1"]]),
        ("a\nGrüße 😀\n", [["Grüße 😀"]]),
        ("a,b\n5\" pipe,x\n", [["5\" pipe", "x"]]), ("a\n\"\"\n", []),
        ("a,b\n1,2\n,\n \t,\"\"\n;,\n", [["1", "2"], [";", ""]]),
    ])
    func `takes what spreadsheets make of them`(_ text: String, _ expected: [[String]]) throws {
        #expect(try rows(text) == expected)
    }

    @Test func `numbers rows and lines, those within values too`() throws {
        var reader = try CSVReader(TextInput(TextPieces("a\n\"x\ny\"\nz\n\nw\n")))
        var places: [[Int]] = []
        while let row = try reader.next() { places.append([row.number, row.line]) }
        #expect(places == [[1, 2], [2, 4], [3, 6]])
    }

    @Test(arguments: [
        ("a,b\n1,\"2\n3\n", "line 2, column 3: the quote that opens here is never closed"),
        ("a,b\n\"x\ny\",\"z", "line 3, column 4: the quote that opens here is never closed"),
        ("", "the file is empty"), ("\na,b\n", "line 1 is empty"), (",,\na,b\n", "line 1 is empty"),
        ("[\n  {\"email\":\"a@x.example\"}]", "this is JSON, and no CSV"),
        ("{\"email\":\"a@x.example\"}\n", "this is JSON, and no CSV"),
        ("a\0,\0b\0\n", "the first line has NUL bytes, which no text has"),
        ("a,,b\n", "line 1: column 2 has no name"),
        ("a,b,a\n", "line 1: two columns are called “a”"),
        ("a,\"b\n", "line 1, column 3: the quote that opens here is never closed"),
    ])
    func `that is broken names line and column`(_ text: String, _ words: String) {
        #expect(refusal(of: text)?.message == words)
    }

    @Test(arguments: [
        ("a,b\n1,\"x\"y,\n3,4\n", "line 2, column 6: there is text behind a closing quote"),
        ("a,b\n1\n3,4\n", "line 2 has 1 values, and the header has 2"),
        ("a,b\n1,2,9\n3,4\n", "line 2 has 3 values, and the header has 2"),
    ])
    func `loses one row that cannot be read, and goes on`(_ text: String, _ words: String) throws {
        let rows = try rows(text)
        try #require(rows.count == 2)
        #expect(rows[0][1].hasPrefix(words), "\(rows[0][1])")
        #expect(rows[1] == ["3", "4"])
    }

    @Test func `with mixed encodings loses the rows that are not UTF-8, by line and column`() throws
    {
        let bytes = Array("name,city\nAda,Z".utf8) + [0xFC] + Array("rich\nGrace,Genève\n".utf8)
        let rows = try values(of: try CSVReader(TextInput(TextPieces(bytes))))
        #expect(
            rows == [
                ["!", "line 2, column “city”: this is not text in UTF-8"], ["Grace", "Genève"],
            ])
    }

    @Test func `with a cell of 10 MB loses that row, and goes on with little memory`() throws {
        let cell = [UInt8](repeating: UInt8(ascii: "x"), count: 10 << 20)
        let bytes = Array("a,b\n1,\"".utf8) + cell + Array("\"\n3,4\n".utf8)
        let rows = try values(of: try CSVReader(TextInput(TextPieces(bytes, size: 1 << 16))))
        try #require(rows.count == 2)
        #expect(rows[0][1].contains("line 2: the row has more than 1048576 bytes"))
        #expect(rows[1] == ["3", "4"])
    }

    @Test(arguments: [[0x50, 0x4B, 0x03, 0x04], [0xD0, 0xCF, 0x11, 0xE0]] as [[UInt8]])
    func `is not a workbook`(_ beginning: [UInt8]) {
        let error = #expect(throws: ContactFileError.self) {
            _ = try CSVReader(TextInput(TextPieces(beginning + [0x14, 0, 0x0A], size: 4096)))
        }
        #expect(error?.hints == ["save it as CSV"])
    }

    @Test func `has 5,000 columns if it likes`() throws {
        let names = (1...5000).map { "c\($0)" }
        let reader = try CSVReader(
            TextInput(
                TextPieces(
                    names.joined(separator: ",") + "\n" + names.joined(separator: ","), size: 4096))
        )
        #expect(reader.header == names)
        #expect(try values(of: reader) == [names])
    }

    @Test func `gives a row as it stands, without what was wrong with it before`() throws {
        var reader = try CSVReader(
            TextInput(TextPieces("sesame_error,a,b\n\"line 2: no, \"\"so\"\"\",\"x\",2\n")))
        #expect(reader.header == ["a", "b"])
        #expect(reader.headerSource == Array("a,b".utf8))
        let row = try #require(try reader.next())
        #expect(row.source == Array("\"x\",2".utf8))
        #expect(try row.content.get().map(\.text) == ["x", "2"])
    }
}
