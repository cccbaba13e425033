import SesameMautic

extension FuzzTarget {
    /// A file of contacts says the same whatever the pieces it comes in, and what was read can be written and read again.
    static let contacts = FuzzTarget(
        "contacts",
        seeds: [
            "email,name\na@x.example,\"A, \"\"B\"\"\"\r\n\n,\n", "sep=;\na;b;\n1;\"two\nlines\";\n",
            "sesame_error,a\n\"no\",\"x\"\n", "a\tb\rx\ty\r", "a,b\n\"x\"y,1\n\"open",
            "{\"email\":\"a@x.example\",\"tags\":[\"a\",1,true,null]}\n{}\n[1]\n",
        ],
        bytes: [
            [0xFF, 0xFE, 0x61, 0, 0x0A, 0, 0x3D, 0xD8, 0x00, 0xDE],
            [0x61, 0x0A, 0xFC, 0x2C, 0x80, 0x81],
        ]
    ) { bytes throws(Violation) in
        let file = bytes.array
        for encoding in [nil] + TextEncoding.allCases {
            let whole = read(file, 1 << 20, encoding)
            try require(whole == read(file, 1, encoding), "pieces of one byte say something else")
            guard let whole, let header = whole.first, !header.isEmpty else { continue }
            let written = whole.map { "\($0.map(quoted).joined(separator: ","))\n" }.joined()
            let again = read(Array(written.utf8), 7, .utf8)
            // A first column of errors is read and left out.
            try require(
                again == whole || header[0] == ColumnMap.errorColumn,
                "what was written says something else")
        }
        try require(
            lines(file, 1 << 20) == lines(file, 1), "pieces of one byte are other lines of JSON")
    }

    /// The header, and the rows that can be read; `nil` where the file cannot be read to its end.
    private static func read(
        _ file: [UInt8], _ size: Int, _ encoding: TextEncoding?
    ) -> [[String]]? {
        guard var reader = try? CSVReader(TextInput(Pieces(file, size), encoding: encoding)) else {
            return nil
        }
        var rows = [reader.header ?? []]
        do throws(ContactFileError) {
            while let row = try reader.next() {
                if case .success(let values) = row.content { rows.append(values.map(\.text)) }
            }
        } catch {
            return nil
        }
        return rows
    }

    private static func lines(_ file: [UInt8], _ size: Int) -> [[String]] {
        var reader = JSONLinesReader(TextInput(Pieces(file, size)))
        var rows: [[String]] = []
        while let row = try? reader.next() {
            if case .success(let values) = row.content {
                rows.append(values.flatMap { [$0.column, $0.text] })
            }
        }
        return rows
    }

    private static func quoted(_ text: String) -> String {
        "\""
            + text.split(separator: "\"", omittingEmptySubsequences: false).joined(
                separator: "\"\"")
            + "\""
    }

    private struct Pieces: ByteSource {
        private var rest: ArraySlice<UInt8>
        private let size: Int

        init(_ bytes: [UInt8], _ size: Int) {
            rest = bytes[...]
            self.size = size
        }

        mutating func next() throws(ContactFileError) -> [UInt8] {
            defer { rest = rest.dropFirst(size) }
            return Array(rest.prefix(size))
        }
    }
}
