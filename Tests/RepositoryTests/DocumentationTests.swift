import Testing

/// What the documents say, held against the tree.
@Suite struct `The documentation` {
    private let repository = Repository()

    @Test func `names no folder of a machine that it was written on`() throws {
        for file in try documents() {
            for place in ["/home/", "/root/", "/Users/", "/builds/"] {
                #expect(!file.text.contains(place), "\(file.path) names \(place)")
            }
        }
    }

    @Test func `links only to files that exist`() throws {
        for file in try documents() {
            let folder = file.path.split(separator: "/").dropLast().joined(separator: "/")
            for target in links(in: file.text) {
                let path = folder.isEmpty ? target : "\(folder)/\(target)"
                #expect(repository.has(path), "\(file.path) links to \(target)")
            }
        }
    }

    @Test func `shows in the README only commands that the demonstration runs`() throws {
        let demonstration = try repository.file("Tests/ProgramTests/Scripts/demo.sh").lines
            .map { Set($0.split { " \"'".contains($0) }) }
        for command in try readmeCommands() {
            let words = command.split(separator: " ")
            // The values differ; the command's name and its options must be the same.
            let fixed = words.prefix(2) + words.filter { $0.hasPrefix("--") }
            let isRun = demonstration.contains { $0.isSuperset(of: fixed) }
            #expect(isRun, "demo.sh has no line with: \(fixed.joined(separator: " "))")
        }
    }

    @Test func `shows in the README only Swift that a test compiles and runs`() throws {
        let example = try repository.file("Tests/SesameOAuthTests/ExampleTests.swift").text
        let compiled = example.split(separator: "\n").map(trimmed).joined(separator: "\n")
        let blocks = try readmeBlocks("swift")
        #expect(!blocks.isEmpty)
        for block in blocks {
            let shown = block.split(separator: "\n").map(trimmed).joined(separator: "\n")
            #expect(compiled.contains(shown), "ExampleTests.swift does not have:\n\(block)")
        }
    }

    @Test
    func `shows in the pages of the library for Mautic only Swift that a test compiles and runs`()
        throws
    {
        let example = try repository.file("Tests/SesameMauticTests/ExampleTests.swift").text
        let compiled = example.split(separator: "\n").map(trimmed).joined(separator: "\n")
        let pages = try repository.files(
            in: "Sources/SesameMautic/SesameMautic.docc", ending: ".md")
        #expect(pages.count == 2)
        for page in pages {
            for block in page.text.split(separator: "```").filter({ $0.hasPrefix("swift\n") }) {
                let shown = block.dropFirst(6).split(separator: "\n").map(trimmed).joined(
                    separator: "\n")
                #expect(compiled.contains(shown), "ExampleTests.swift does not have:\n\(block)")
            }
        }
    }

    @Test func `names in the Makefile's help every target that it declares`() throws {
        let makefile = try repository.file("Makefile").lines
        let phony = try #require(makefile.first { $0.hasPrefix(".PHONY:") })
        for target in phony.split(separator: " ").dropFirst() {
            #expect(makefile.contains { $0.hasPrefix("#   make \(target) ") }, "make \(target)")
        }
    }

    @Test func `names in the threat model only tests that exist`() throws {
        let tests = try repository.files(in: "Tests", ending: ".swift").map(\.text).joined()
        let rows = try repository.file("docs/threat-model.md").lines.filter { $0.hasPrefix("| `") }
        #expect(!rows.isEmpty)
        for name in rows.flatMap(\.codeSpans) {
            let exists = ["func", "struct", "class"].contains { tests.contains("\($0) `\(name)`") }
            #expect(exists, "there is no test named “\(name)”")
        }
    }

    @Test func `covers the whole contract of the broker's HTTP interface`() throws {
        let description = try repository.file("docs/openapi.yaml").text
        for path in [
            "/v1/health", "/v1/profiles", "/v1/profiles/{profile}", "/v1/profiles/{profile}/token",
            "/v1/profiles/{profile}/headers", "/v1/profiles/{profile}/requests",
            "/v1/profiles/{profile}/login", "/v1/profiles/{profile}/grant", "/v1/logins/{login}",
            "/v1/logins/{login}/callback", "/v1/credential", "/v1/credential/rejection",
        ] {
            #expect(description.contains("\n  \(path):\n"), "openapi.yaml lacks \(path)")
        }
    }

    private func documents() throws -> [Repository.File] {
        try repository.files(in: "docs", ending: "") + [
            repository.file("README.md"), repository.file("Makefile"),
        ]
    }

    /// The targets of Markdown links that stay inside the repository, without their anchors.
    private func links(in text: String) -> [String] {
        text.split(separator: "](").dropFirst().compactMap { rest in
            let target = rest.prefix { $0 != ")" && $0 != "#" && $0 != " " }
            let isLocal = !target.isEmpty && !target.contains("://") && !target.contains("\n")
            return isLocal ? String(target) : nil
        }
    }

    /// The lines of the README's shell blocks that call the client.
    private func readmeCommands() throws -> [Substring] {
        try readmeBlocks("sh").flatMap { $0.split(separator: "\n") }
            .filter { $0.hasPrefix("sesame ") }
    }

    /// The README's blocks of code in this language.
    private func readmeBlocks(_ language: String) throws -> [Substring] {
        try repository.file("README.md").text.split(separator: "```")
            .filter { $0.hasPrefix("\(language)\n") }
            .map { $0.dropFirst(language.count + 1) }
    }

    private func trimmed(_ line: Substring) -> Substring { line.drop { $0 == " " } }
}
