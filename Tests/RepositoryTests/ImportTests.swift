import Testing

/// What `docs/architecture.md` says about who may import whom, held against the sources.
@Suite struct `The import table` {
    private let repository = Repository()

    @Test func `allows every import that a source file makes`() throws {
        let table = try ImportTable(in: repository)
        let offences = try repository.sources().flatMap { file in
            let allowed = table.rows[file.target] ?? []
            return imports(of: file).filter { !allowed.contains($0) }.map {
                "\(file.path) imports \($0), which the table does not allow to \(file.target)"
            }
        }
        #expect(offences.isEmpty, "\(offences.joined(separator: "\n"))")
    }

    @Test func `allows nothing that no source file needs`() throws {
        let table = try ImportTable(in: repository)
        var made: [String: Set<String>] = [:]
        for file in try repository.sources() {
            made[file.target, default: []].formUnion(imports(of: file))
        }
        let surplus = table.rows.flatMap { target, allowed in
            allowed.subtracting(made[target] ?? []).map { "\(target) no longer imports \($0)" }
        }
        #expect(surplus.isEmpty, "\(surplus.sorted().joined(separator: "\n"))")
    }

    @Test func `knows every target that has Swift sources, and no other`() throws {
        let table = try ImportTable(in: repository)
        let targets = Set(try repository.sources().map(\.target))
        #expect(Set(table.rows.keys) == targets)
    }

    @Test func `runs downwards: no target imports one that stands above it`() throws {
        let table = try ImportTable(in: repository)
        for (position, target) in table.order.enumerated() {
            let above = Set(table.order.dropFirst(position))
            let upward = table.rows[target, default: []].intersection(above)
            #expect(upward.isEmpty, "\(target) stands below \(upward.sorted())")
        }
    }

    @Test func `keeps Foundation out of sources and tests alike`() throws {
        let all = try repository.sources() + repository.files(in: "Tests", ending: ".swift")
        // What stands beside ours in a benchmark is no part of the package.
        for file in all where !file.path.contains("/Scripts/") {
            let foundation = imports(of: file).filter { $0.hasPrefix("Foundation") }
            #expect(foundation.isEmpty, "\(file.path)")
        }
    }

    /// The modules that a file imports, whatever stands before the word `import`.
    private func imports(of file: Repository.File) -> [String] {
        file.lines.compactMap { line in
            let words = line.split(separator: " ")
            guard let keyword = words.firstIndex(of: "import"), keyword <= 2,
                words[..<keyword].allSatisfy(Self.modifiers.contains),
                let module = words.dropFirst(keyword + 1).first
            else { return nil }
            // `import struct Glibc.stat` names the module second.
            let name = Self.kinds.contains(module) ? words.dropFirst(keyword + 2).first : module
            return name.map { String($0.prefix { $0 != "." }) }
        }
    }

    private static let modifiers: Set<Substring> = [
        "public", "package", "internal", "private", "fileprivate", "@testable", "@_exported",
        "@preconcurrency",
    ]
    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
    ]
}

/// The table below the heading "Who may import whom", lowest target first.
private struct ImportTable {
    var order: [String] = []
    var rows: [String: Set<String>] = [:]

    init(in repository: Repository) throws {
        let lines = try repository.file("docs/architecture.md").lines
        let heading = try #require(lines.firstIndex(of: "## Who may import whom"))
        let table = lines[heading...].drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }
        for line in table.dropFirst(2) {
            let cells = line.split(separator: "|").map(\.codeSpans)
            let target = try #require(cells.first?.first)
            order.append(target)
            rows[target] = Set(cells.dropFirst().joined())
        }
    }
}
