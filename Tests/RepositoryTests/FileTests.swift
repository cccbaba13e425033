import Testing

/// The house rules that a program can check.
@Suite struct `The repository` {
    private let repository = Repository()

    @Test func `has nothing at the top that a newcomer need not see`() throws {
        let allowed: Set = [
            "LICENSE", "Makefile", "Package.swift", "README.md", "Sources", "Tests", "docs",
        ]
        let names = Set(try repository.topLevelNames())
        #expect(names.subtracting(allowed).isEmpty)
        #expect(allowed.subtracting(names).isEmpty)
    }

    @Test func `keeps source files below 300 lines`() throws {
        for file in try repository.sources() { expectLines(of: file, atMost: 300) }
        for ending in [".c", ".h"] {
            for file in try repository.files(in: "Sources", ending: ending) {
                expectLines(of: file, atMost: 300)
            }
        }
    }

    @Test func `keeps test files below 400 lines`() throws {
        for ending in [".swift", ".sh"] {
            for file in try repository.files(in: "Tests", ending: ending) {
                expectLines(of: file, atMost: 400)
            }
        }
    }

    @Test func `has no placeholder left`() throws {
        for file in try repository.sources() + repository.files(in: "Tests", ending: ".swift") {
            #expect(!file.path.hasSuffix("/Placeholder.swift"), "\(file.path)")
        }
    }

    /// Output belongs to the commands, which write it through one place.
    @Test(arguments: ["print(", "debugPrint(", "dump(", "NSLog("])
    func `prints from no library`(call: String) throws {
        for file in try repository.sources() where file.target.hasPrefix("Sesame") {
            expectAbsent(call, in: file)
        }
    }

    /// Time, randomness and the network are handed in, so that tests can hand in others.
    @Test(arguments: ["URLSession", "Date()", "SystemRandomNumberGenerator", ".random(in:"])
    func `reaches past no injected effect`(name: String) throws {
        for file in try repository.sources() { expectAbsent(name, in: file) }
    }

    @Test(arguments: ["try!", "fatalError(", "// MARK"])
    func `takes no shortcut that the house style rules out`(shortcut: String) throws {
        for file in try repository.sources() { expectAbsent(shortcut, in: file) }
    }

    private func expectLines(of file: Repository.File, atMost ceiling: Int) {
        let count = file.text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
        #expect(count <= ceiling, "\(file.path) has \(count) lines")
    }

    private func expectAbsent(_ call: String, in file: Repository.File) {
        for (number, line) in file.lines.enumerated() {
            let code = line.split(separator: "//", maxSplits: 1).first ?? ""
            let searched = call.hasPrefix("//") ? line : code
            guard let found = searched.firstRange(of: call) else { continue }
            // `sprint(` is not `print(`.
            let isPartOfAName =
                call.first?.isLetter == true
                && searched[..<found.lowerBound].last.map { $0.isLetter || $0 == "_" } == true
            #expect(isPartOfAName, "\(file.path):\(number + 1) has \(call)")
        }
    }
}
