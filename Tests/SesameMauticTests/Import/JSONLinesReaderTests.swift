import SesameMautic
import Testing

@Suite struct `A file of JSON lines` {
    private func rows(_ text: String) throws -> [[String]] {
        try values(of: JSONLinesReader(TextInput(TextPieces(text))))
    }

    @Test func `has an object a line, whose values are texts then`() throws {
        let text = """
            {"email":"a@x.example","n":12.50,"ok":true,"nothing":null}\r

            {"email":"b@x.example","tags":["one","two"]}
            {}
            """
        #expect(
            try rows(text) == [
                ["a@x.example", "12.50", "true"], ["b@x.example", "one|two"], [],
            ])
    }

    @Test(arguments: [
        ("[1]", "line 1 is no JSON object: write one object a line, not a list"),
        ("7", "line 1 is no JSON object"), ("{\"a\":}", "line 1, column 6: this is no JSON"),
        ("{\"a\":{\"b\":1}}", "line 1, “a” holds objects, which no field can"),
        ("{\"a\":[{\"b\":1}]}", "line 1, “a” holds objects, which no field can"),
    ])
    func `loses a line that is none, and goes on`(_ line: String, _ words: String) throws {
        let rows = try rows(line + "\n{\"x\":\"1\"}\n")
        try #require(rows.count == 2)
        #expect(rows[0][1].hasPrefix(words), "\(rows[0][1])")
        #expect(rows[1] == ["1"])
    }

    @Test func `loses a line of more than a megabyte`() throws {
        let long = "{\"a\":\"" + String(repeating: "x", count: 1 << 20) + "\"}\n{\"a\":\"1\"}"
        let rows = try values(of: JSONLinesReader(TextInput(TextPieces(long, size: 1 << 16))))
        #expect(rows == [["!", "line 1 has more than 1048576 bytes"], ["1"]])
    }
}
