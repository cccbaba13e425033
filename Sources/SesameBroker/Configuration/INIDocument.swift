import SesameSecrets

/// An INI text that keeps its comments and its order when a value in it changes.
///
/// A comment begins with `;` or `#` at the start of a line, or with ` ;` behind a value. The text is held
/// as it is and read section by section: one of a hundred thousand profiles takes little more than its file.
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
        /// All its lines, with the heading.
        fileprivate(set) var range: Range<String.Index>
        fileprivate(set) var entries: [Entry] = []
    }

    /// A line that cannot be read.
    struct Refusal: Error, Sendable {
        let line: Int
        let reason: String
    }

    /// Every line of it ends with a line feed alone.
    private(set) var text: String

    init(_ text: String) {
        self.text = text
        if text.utf8.contains(0x0D) {
            // By bytes: to Swift, CR and LF together are one character, at which nothing would split.
            let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
            self.text = lines.map { line in
                String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
            }.joined(separator: "\n")
        }
        if self.text.utf8.last.map({ $0 != 0x0A }) == true { self.text += "\n" }
    }

    /// The lines of one section, as a document of its own.
    init(_ section: Range<String.Index>, of document: INIDocument) {
        text = String(document.text[section])
    }

    /// Whether both are the same, byte for byte.
    func isIdentical(to other: INIDocument) -> Bool {
        text.utf8.count == other.text.utf8.count && text.utf8.elementsEqual(other.text.utf8)
    }

    /// Hands over all sections, one at a time.
    func forEachSection(_ body: (Section) throws(Refusal) -> Void) throws(Refusal) {
        var names: Set<String> = []
        var current: Section?
        try forEachLine { line, number throws(Refusal) in
            switch try Self.parse(line, number: number) {
            case .blank: return
            case .section(let name):
                guard names.insert(name).inserted else {
                    throw Refusal(
                        line: number, reason: "the section [\(name.sanitised())] occurs twice")
                }
                if var current {
                    current.range = current.range.lowerBound..<line.startIndex
                    try body(current)
                }
                current = Section(
                    name: name, line: number, range: line.startIndex..<text.endIndex)
            case .entry(let entry):
                guard current != nil else {
                    throw Refusal(
                        line: number, reason: "a setting stands before the first [section]")
                }
                current?.entries.append(entry)
            }
        }
        if let current { try body(current) }
    }

    /// Replaces all values of a key in a section; no value removes it.
    ///
    /// A missing section is appended.
    mutating func set(_ key: String, to values: [String], in section: String) throws(Refusal) {
        var range: Range<String.Index>?
        try forEachSection { found throws(Refusal) in
            if found.name == section { range = found.range }
        }
        guard let range else {
            if !values.isEmpty { append(section, values.map { (key, $0) }) }
            return
        }
        var lines = text[range].utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
            .dropLast().map { String(Substring($0)) }
        var insertion = (lines.lastIndex { !$0.allSatisfy(\.isWhitespace) } ?? 0) + 1
        for index in lines.indices.dropFirst().reversed() {
            guard case .entry(let entry) = try Self.parse(lines[index][...], number: index + 1),
                entry.key == key
            else { continue }
            lines.remove(at: index)
            insertion = index
        }
        lines.insert(contentsOf: values.map { "\(key) = \($0)" }, at: insertion)
        text.replaceSubrange(range, with: lines.map { $0 + "\n" }.joined())
    }

    /// Adds a section at the end.
    mutating func append(_ section: String, _ settings: [(key: String, value: String)]) {
        if !text.isEmpty, text != "\n", !text.utf8.suffix(2).elementsEqual([0x0A, 0x0A]) {
            text += "\n"
        }
        text += "[\(section)]\n"
        for (key, value) in settings { text += "\(key) = \(value)\n" }
    }

    /// Takes a section away, and says whether there was one.
    mutating func remove(_ section: String) throws(Refusal) -> Bool {
        var range: Range<String.Index>?
        try forEachSection { found throws(Refusal) in
            if found.name == section { range = found.range }
        }
        guard let range else { return false }
        text.removeSubrange(range)
        return true
    }

    private func forEachLine(
        _ body: (Substring, Int) throws(Refusal) -> Void
    ) throws(Refusal) {
        var number = 1
        var start = text.startIndex
        while let end = text.utf8[start...].firstIndex(of: 0x0A) {
            try body(text[start..<end], number)
            start = text.utf8.index(after: end)
            number += 1
        }
    }

    private enum Line {
        case blank
        case section(String)
        case entry(Entry)
    }

    private static func parse(_ line: Substring, number: Int) throws(Refusal) -> Line {
        let text = trimmed(withoutComment(line))
        if text.isEmpty { return .blank }
        if text.utf8.first == UInt8(ascii: "[") {
            guard text.utf8.last == UInt8(ascii: "]") else {
                throw Refusal(line: number, reason: "a [section] is not closed")
            }
            return .section(String(trimmed(text.dropFirst().dropLast())))
        }
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "=")) else {
            throw Refusal(
                line: number,
                reason: "expected `key = value`, found `\(String(text).sanitised(limit: 60))`"
            )
        }
        let key = trimmed(text[..<mark])
        guard !key.isEmpty else { throw Refusal(line: number, reason: "a value has no key") }
        let value = trimmed(text[text.utf8.index(after: mark)...])
        return .entry(Entry(key: String(key), value: String(value), line: number))
    }

    private static func withoutComment(_ line: Substring) -> Substring {
        let scalars = line.unicodeScalars
        let start = scalars.first { !isBlank($0) }
        if start == ";" || start == "#" { return "" }
        guard line.utf8.contains(UInt8(ascii: ";")) else { return line }
        var isBehindBlank = false
        for index in scalars.indices {
            if isBehindBlank, scalars[index] == ";" { return line[..<index] }
            isBehindBlank = isBlank(scalars[index])
        }
        return line
    }
}

private func trimmed(_ text: Substring) -> Substring {
    // Most have nothing to trim, which their bytes tell faster than their characters.
    if let first = text.utf8.first, let last = text.utf8.last,
        (0x21...0x7E).contains(first), (0x21...0x7E).contains(last)
    {
        return text
    }
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !isBlank($0) }),
        let last = scalars.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return text[first..<scalars.index(after: last)]
}

private func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x80
        ? scalar == " " || (0x09...0x0D).contains(scalar.value) : scalar.properties.isWhitespace
}
