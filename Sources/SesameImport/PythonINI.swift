import SesameSecrets

/// A file of Python's `configparser`, read as that does without interpolation.
///
/// Keys are the same in upper and lower case, a `:` does what a `=` does, and an indented line goes on with the
/// value before it. Comments fill a line. `[DEFAULT]` stands in for what a section lacks.
enum PythonINI {
    struct Section {
        let name: String
        /// By key; any value may be a secret.
        fileprivate(set) var values: [String: Secret] = [:]
        /// What stands in for the keys that it lacks; shared, since all sections have the same.
        fileprivate(set) var defaults: [String: Secret] = [:]

        subscript(key: String) -> Secret? { values[key] ?? defaults[key] }
    }

    /// All sections but `[DEFAULT]`, in order.
    static func sections(of file: Secret) throws(ImportError) -> [Section] {
        var reader = Reader()
        try file.withBytes { bytes throws(ImportError) in
            guard (try? UTF8Span(validating: bytes)) != nil else {
                throw ImportError(.malformed, "it is not UTF-8")
            }
            var start = 0
            var number = 1
            while start < bytes.count {
                let end = (start..<bytes.count).first { bytes[$0] == 0x0A } ?? bytes.count
                try reader.take(bytes.extracting(start..<end), number: number)
                start = end + 1
                number += 1
            }
        }
        let defaults = reader.sections.first { $0.name == "DEFAULT" }?.values ?? [:]
        return reader.sections.filter { $0.name != "DEFAULT" }.map { section in
            var section = section
            section.defaults = defaults
            return section
        }
    }
}

/// Takes line after line.
private struct Reader {
    var sections: [PythonINI.Section] = []
    private var names: Set<String> = []
    /// The value that an indented line goes on with.
    private var key: String?
    /// How many lines have gone on with it.
    private var lines = 0

    private static let mostLines = 200
    private static let mostKeys = 200

    mutating func take(_ line: Span<UInt8>, number: Int) throws(ImportError) {
        let text = trimmed(line, line.indices)
        guard let first = text.first.map({ line[$0] }) else { return }
        if first == UInt8(ascii: "#") || first == UInt8(ascii: ";") { return }
        if isBlank(line[0]), let key {
            try goOn(with: line.extracting(text), key, number)
        } else if first == UInt8(ascii: "[") {
            try begin(line, text, number)
        } else {
            try add(line, text, number)
        }
    }

    private mutating func goOn(
        with text: Span<UInt8>, _ key: String, _ number: Int
    ) throws(ImportError) {
        lines += 1
        // Each line copies what was there.
        guard lines <= Self.mostLines else { throw malformed(number, "a value is too long") }
        guard let before = sections[sections.count - 1].values[key] else { return }
        var value = SecretBuffer(capacity: before.count + text.count + 1)
        value.append(before)
        value.append(0x0A)
        value.append(text)
        sections[sections.count - 1].values[key] = Secret(value)
    }

    private mutating func begin(
        _ line: Span<UInt8>, _ text: Range<Int>, _ number: Int
    ) throws(ImportError) {
        guard text.count > 2, line[text.upperBound - 1] == UInt8(ascii: "]") else {
            throw malformed(number, "a [section] is not closed")
        }
        let name = String(copying: line.extracting((text.lowerBound + 1)..<(text.upperBound - 1)))
        guard sections.count < 1000, names.insert(name).inserted else {
            throw malformed(number, "a section occurs twice, or there are too many")
        }
        sections.append(PythonINI.Section(name: name))
        key = nil
    }

    private mutating func add(
        _ line: Span<UInt8>, _ text: Range<Int>, _ number: Int
    ) throws(ImportError) {
        guard !sections.isEmpty else { throw malformed(number, "there is no section yet") }
        let marks = [UInt8(ascii: "="), UInt8(ascii: ":")]
        guard let mark = text.first(where: { marks.contains(line[$0]) }) else {
            throw malformed(number, "there is no `=`")
        }
        let name = String(
            copying: line.extracting(trimmed(line, text.lowerBound..<mark))
        ).lowercased()
        let values = sections[sections.count - 1].values
        guard !name.isEmpty, values[name] == nil, values.count < Self.mostKeys else {
            throw malformed(number, "a key is missing or occurs twice, or there are too many")
        }
        let value = line.extracting(trimmed(line, (mark + 1)..<text.upperBound))
        sections[sections.count - 1].values[name] = Secret(copying: value)
        (key, lines) = (name, 0)
    }

    /// It names the line and not what stands there.
    private func malformed(_ line: Int, _ reason: String) -> ImportError {
        ImportError(.malformed, "it is no such configuration, line \(line): \(reason)")
    }
}

private func trimmed(_ line: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
    var range = range
    while !range.isEmpty, isBlank(line[range.lowerBound]) {
        range = (range.lowerBound + 1)..<range.upperBound
    }
    while !range.isEmpty, isBlank(line[range.upperBound - 1]) {
        range = range.lowerBound..<(range.upperBound - 1)
    }
    return range
}

private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
