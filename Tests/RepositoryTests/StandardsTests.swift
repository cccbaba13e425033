import Testing

/// docs/standards.md: what the standards ask, and the tests that show it.
@Suite struct `The checklist of the standards` {
    private let rows: [(id: Substring, tests: [String], text: Substring)]
    /// What is said of each test and suite: the comment above it, and its name.
    private let tests: [String: String]

    init() throws {
        let repository = Repository()
        let lines = try repository.file("docs/standards.md").lines
        rows = lines.filter { $0.hasPrefix("| ") && $0.contains("-") }.compactMap { line in
            let cells = line.split(separator: "|").map { $0.drop { $0 == " " } }
            guard cells.count >= 4, let id = cells[0].split(separator: " ").first,
                id.contains("-"), id.first?.isUppercase == true
            else { return nil }
            return (id, cells[3].codeSpans, cells[3])
        }
        let files = try repository.files(in: "Tests", ending: ".swift")
        tests = Dictionary(
            files.flatMap { Self.tests(in: $0.lines) }, uniquingKeysWith: { $0 + " " + $1 })
    }

    @Test func `has every row once`() {
        #expect(rows.count > 140)
        #expect(Set(rows.map(\.id)).count == rows.count)
    }

    @Test func `names only tests that exist`() {
        for row in rows {
            for name in row.tests { #expect(tests[name] != nil, "\(row.id): \(name)") }
        }
    }

    @Test func `has a test in each row, or the reason why there is none`() {
        for row in rows where row.tests.isEmpty {
            #expect(row.text.hasPrefix("none: "), "\(row.id): \(row.text)")
        }
    }

    @Test func `has every test that carries the number of a row`() {
        let known = Dictionary(uniqueKeysWithValues: rows.map { (String($0.id), Set($0.tests)) })
        for (test, words) in tests {
            let words = words.split { !($0.isLetter || $0.isNumber || $0 == "-") }
            for case let named? in words.map({ known[String($0)] }) {
                #expect(named.contains(test), "`\(test)` carries the number of a row")
            }
        }
    }

    /// Each suite, and each test as `suite / test`, with the words about it.
    private static func tests(in lines: [Substring]) -> [(String, String)] {
        var (suite, comment) = ("", "")
        var found: [(String, String)] = []
        for line in lines {
            let words = line.split(separator: " ")
            guard let first = words.first else { continue }
            if first.hasPrefix("///") {
                comment += line + " "
            } else if let name = line.codeSpans.first, words.contains("func") {
                found.append(("\(suite) / \(name)", comment + name))
                comment = ""
            } else if let name = line.codeSpans.first,
                !Set(["struct", "class"]).isDisjoint(with: words)
            {
                suite = name
                found.append((suite, comment + name))
                comment = ""
            } else if !first.hasPrefix("@") {
                comment = ""
            }
        }
        return found
    }
}
