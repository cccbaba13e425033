/// Text in mdoc(7), the language of manual pages, written line by line.
struct Mdoc {
    private var lines: [String] = []

    /// The page as it stands in its file.
    var text: String { lines.joined(separator: "\n") + "\n" }

    /// A line with a macro, such as `.Sh NAME`.
    ///
    /// Its arguments are macros, too, or were escaped by ``word(_:)``.
    mutating func macro(_ name: String, _ arguments: String...) {
        lines.append(([".\(name)"] + arguments).joined(separator: " "))
    }

    /// Plain text, a sentence a line.
    mutating func text(_ text: String) {
        for sentence in Self.sentences(text) {
            var line = ""
            for word in Self.escaped(sentence).split(separator: " ") {
                if !line.isEmpty, line.count + 1 + word.count > Self.width {
                    lines.append(line)
                    line = ""
                }
                // A line that begins with a full stop is a macro.
                line += line.isEmpty ? (word.hasPrefix(".") ? "\\&" : "") + word : " " + word
            }
            lines.append(line)
        }
    }

    /// Lines that are shown as they are.
    mutating func display(_ shown: [String]) {
        macro("Bd", "-literal -offset indent")
        for line in shown { lines.append("\\&" + Self.escaped(line)) }
        macro("Ed")
    }

    /// A list of what things mean.
    /// - Parameter heading: macros for the first words of an item.
    mutating func list<Item>(
        _ items: [Item], heading: (Item) -> String, meaning: (Item) -> String
    ) {
        macro("Bl", "-tag -width Ds")
        for item in items {
            macro("It", heading(item))
            text(meaning(item))
        }
        macro("El")
    }

    /// How long a line of text may be, by the customs of mdoc(7).
    private static let width = 78

    /// A text as one argument of a macro, which it is not taken for one.
    static func word(_ text: String) -> String {
        let escaped = escaped(text, isArgument: true)
        return escaped.contains(" ") || escaped.isEmpty ? "\"\(escaped)\"" : "\\&" + escaped
    }

    private static func escaped(_ text: String, isArgument: Bool = false) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\\": result += "\\e"
            case "\"" where isArgument: result += "\\(dq"
            // Without these a formatter may choose signs that a shell does not take.
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case _ where scalar.value >= 0x80:
                result +=
                    "\\[u" + String(scalar.value, radix: 16, uppercase: true).padded(to: 4)
                    + "]"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    /// The sentences of a text; formatters set the space between them by the ends of lines.
    private static func sentences(_ text: String) -> [String] {
        var sentences: [String] = []
        var sentence: [Substring] = []
        for word in text.split(separator: " ") {
            sentence.append(word)
            guard word.hasSuffix("."), word.count > 2 else { continue }
            sentences.append(sentence.joined(separator: " "))
            sentence = []
        }
        return sentences + (sentence.isEmpty ? [] : [sentence.joined(separator: " ")])
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        String(repeating: "0", count: max(0, width - count)) + self
    }
}
