import SesameBroker
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `The manual page of the configuration` {
    /// Its sections and the keys below them, read from its macros.
    private func sections() throws -> [String: Set<String>] {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let page = try ChildProcess.run("cat", ["/\(root)/docs/man/sesame-config.5"]).output
        var sections: [String: Set<String>] = [:]
        var heading: String?
        for line in page.split(separator: "\n") {
            if line.hasPrefix(".Sh ") { heading = nil }
            if line.hasPrefix(".Ss ["), line.hasSuffix("]") {
                heading = String(line.dropFirst(5).dropLast())
            }
            guard let heading, line.hasPrefix(".It Cm ") else { continue }
            let key = line.dropFirst(7).prefix { $0 != " " }
            #expect(sections[heading, default: []].insert(String(key)).inserted, "\(key) twice")
        }
        return sections
    }

    @Test func `has every key of every section, and no other`() throws {
        let known = ConfigurationKeys.sections.map { ($0.heading, Set($0.keys)) }
        let shown = try sections()
        for (heading, keys) in known {
            let page = shown[heading] ?? []
            #expect(keys.subtracting(page).isEmpty, "the page lacks keys of [\(heading)]")
            #expect(page.subtracting(keys).isEmpty, "[\(heading)] has no such keys")
        }
        #expect(Set(shown.keys) == Set(known.map(\.0)))
    }

    /// The table is what the reader goes by: no key of it is unknown to the section.
    @Test(
        arguments: ConfigurationKeys.sections.flatMap { section in
            section.keys.map { (section.heading, $0) }
        })
    func `names keys that the section reads`(heading: String, key: String) throws {
        let folder = TemporaryFolder()
        let value = "\u{3F}nonsense"
        let text = "[\(heading)]\n\(key) = \(value)\n"
        try PrivateFile.create(folder.file("config"), Secret(utf8: text))
        let file = ConfigurationFile(path: folder.file("config"), home: "/nowhere")
        do throws(BrokerError) {
            _ = try file.contents()
        } catch {
            #expect(!error.message.contains("unknown"), "\(error.message)")
        }
    }
}
