import SesameSecrets

/// An INI text that keeps its comments and its order when a value in it changes.
///
/// A comment begins with `;` or `#` at the start of a line, or with ` ;` behind a value.
struct INIDocument: Sendable {
    /// One `key = value`, with the line it stands on, from 1.
    struct Entry: Sendable {
        let key: String
        let value: String
        let line: Int
    }

    struct Section: Sendable {
        let name: String
        let line: Int
        var entries: [Entry] = []
    }

    /// A line that cannot be read.
    struct Refusal: Error, Sendable {
        let line: Int
        let reason: String
    }

    private var lines: [String]

    init(_ text: String) {
        // By bytes: to Swift, CR and LF together are one character, at which nothing would split.
        lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
        }
        if lines.last == "" { lines.removeLast() }
    }

    var text: String { lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n" }

    func sections() throws(Refusal) -> [Section] {
        var sections: [Section] = []
        for (index, line) in lines.enumerated() {
            switch try Self.parse(line, number: index + 1) {
            case .blank: continue
            case .section(let name):
                guard !sections.contains(where: { $0.name == name }) else {
                    throw Refusal(
                        line: index + 1, reason: "the section [\(name.sanitised())] occurs twice")
                }
                sections.append(Section(name: name, line: index + 1))
            case .entry(let entry):
                guard !sections.isEmpty else {
                    throw Refusal(
                        line: index + 1, reason: "a setting stands before the first [section]")
                }
                sections[sections.count - 1].entries.append(entry)
            }
        }
        return sections
    }

    /// Replaces all values of a key in a section; no value removes it.
    ///
    /// A missing section is appended.
    mutating func set(_ key: String, to values: [String], in section: String) throws(Refusal) {
        var range = try bodyOf(section)
        if range == nil, !values.isEmpty {
            if !lines.isEmpty, lines.last != "" { lines.append("") }
            lines.append("[\(section)]")
            range = lines.count..<lines.count
        }
        guard let body = range else { return }
        var insertion = endOfEntries(body)
        for index in body.reversed() {
            guard case .entry(let entry) = try Self.parse(lines[index], number: index + 1),
                entry.key == key
            else { continue }
            lines.remove(at: index)
            insertion = index
        }
        for value in values.reversed() { lines.insert("\(key) = \(value)", at: insertion) }
    }

    /// The lines of a section behind its heading.
    private func bodyOf(_ section: String) throws(Refusal) -> Range<Int>? {
        var start: Int?
        for (index, line) in lines.enumerated() {
            guard case .section(let name) = try Self.parse(line, number: index + 1) else {
                continue
            }
            if let start { return start..<index }
            if name == section { start = index + 1 }
        }
        return start.map { $0..<lines.count }
    }

    /// Where a new entry goes: behind the section's last line that is not blank.
    private func endOfEntries(_ body: Range<Int>) -> Int {
        (body.last { !lines[$0].allSatisfy(\.isWhitespace) } ?? body.lowerBound - 1) + 1
    }

    private enum Line {
        case blank
        case section(String)
        case entry(Entry)
    }

    private static func parse(_ line: String, number: Int) throws(Refusal) -> Line {
        let text = trimmed(withoutComment(line))
        if text.isEmpty { return .blank }
        if text.hasPrefix("[") {
            guard text.hasSuffix("]") else {
                throw Refusal(line: number, reason: "a [section] is not closed")
            }
            return .section(trimmed(text.dropFirst().dropLast()))
        }
        guard let mark = text.firstIndex(of: "=") else {
            throw Refusal(
                line: number, reason: "expected `key = value`, found `\(text.sanitised(limit: 60))`"
            )
        }
        let key = trimmed(text[..<mark])
        guard !key.isEmpty else { throw Refusal(line: number, reason: "a value has no key") }
        return .entry(
            Entry(key: key, value: trimmed(text[text.index(after: mark)...]), line: number))
    }

    private static func withoutComment(_ line: String) -> Substring {
        let start = line.drop(while: \.isWhitespace)
        if start.hasPrefix(";") || start.hasPrefix("#") { return "" }
        var previous: Character = "x"
        for index in line.indices {
            if line[index] == ";", previous.isWhitespace { return line[..<index] }
            previous = line[index]
        }
        return line[...]
    }
}

private func trimmed(_ text: some StringProtocol) -> String {
    let start = text.drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...last])
}
