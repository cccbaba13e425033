import SesameSecrets

/// Help made from the definitions, so that it cannot say anything else than what the parser does.
package enum HelpText {
    /// The overview.
    package static func overview(width: Int) -> String {
        let commands = CommandTable.all.map { ($0.name, $0.summary) }
        let exits = ExitCode.meanings.map { (String($0.0.rawValue), $0.1) }
        return """
            Sesame keeps OAuth 2 logins fresh and hands out access tokens.

            Usage: sesame COMMAND [ARGUMENT]… [OPTION]…

            Commands:
            \(rows(commands, width: width))

            Options of every command:
            \(rows(Command.globalOptions.map(row), width: width))

            Exit codes:
            \(rows(exits, width: width))

            Begin with: sesame setup
            More about a command: sesame help COMMAND

            """
    }

    /// The commands that share their first word.
    static func text(of family: [Command], named word: String, width: Int) -> String {
        """
        Usage: sesame \(word) COMMAND [ARGUMENT]… [OPTION]…

        Commands:
        \(rows(family.map { ($0.name, $0.summary) }, width: width))

        More about a command: sesame help \(word) COMMAND

        """
    }

    /// All about what these words name: a command, or several that share their first word.
    static func text(about words: [String], width: Int) throws(Failure) -> String {
        if words.count == 1, !CommandTable.family(words[0]).isEmpty {
            return text(of: CommandTable.family(words[0]), named: words[0], width: width)
        }
        let (command, count) = try CommandTable.find(words)
        guard words.count == count else {
            throw Failure.usage("unknown command: \(words.joined(separator: " ").sanitised())")
        }
        return text(of: command, width: width)
    }

    /// All about one command.
    package static func text(of command: Command, width: Int) -> String {
        var parts = [command.summary.capitalisedSentence, "Usage: \(command.synopsis)"]
        parts += command.details.map { wrapped($0, indent: "", width: width) }
        if !command.arguments.isEmpty {
            parts.append(
                "Arguments:\n"
                    + rows(command.arguments.map { ($0.name, $0.explanation) }, width: width)
            )
        }
        if !command.options.isEmpty {
            parts.append("Options:\n" + rows(command.options.map(row), width: width))
        }
        parts.append(
            "Options of every command:\n" + rows(Command.globalOptions.map(row), width: width))
        let examples = command.examples.map { "  \($0.line)\n      \($0.purpose)" }
        parts.append("Examples:\n" + examples.joined(separator: "\n"))
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func row(_ option: Command.Option) -> (String, String) {
        let short = option.short.map { "-\($0), " } ?? "    "
        let value = option.value.map { " \($0)" } ?? ""
        return (short + "--" + option.name + value, option.explanation)
    }

    private static func rows(_ rows: [(String, String)], width: Int) -> String {
        let column = min(26, (rows.map(\.0.count).max() ?? 0)) + 4
        let indent = String(repeating: " ", count: column)
        return rows.map { name, summary in
            let start = "  " + name
            let text = wrapped(summary, indent: indent, width: width)
            guard start.count + 2 <= column else { return start + "\n" + text }
            return start + text.dropFirst(start.count)
        }.joined(separator: "\n")
    }

    private static func wrapped(_ text: String, indent: String, width: Int) -> String {
        var lines: [String] = []
        var line = indent
        for word in text.split(separator: " ") {
            let separator = line == indent ? "" : " "
            if line != indent, line.count + 1 + word.count > max(40, min(width, 100)) {
                lines.append(line)
                line = indent + word
            } else {
                line += separator + word
            }
        }
        return (lines + [line]).joined(separator: "\n")
    }
}

extension Command.Option {
    /// All that is known of it, in one line.
    var explanation: String {
        let choice = if case .words(let words) = content { ": " + words.inWords } else { "" }
        return summary + choice + (repeats ? " (repeatable)" : "")
    }
}

extension Command.Argument {
    /// All that is known of it, in one line.
    var explanation: String {
        if case .words(let words) = content { "\(summary): \(words.inWords)" } else { summary }
    }
}

extension [String] {
    /// `a, b or c`.
    fileprivate var inWords: String {
        count > 1 ? dropLast().joined(separator: ", ") + " or " + self[count - 1] : joined()
    }
}

extension String {
    /// This text as a sentence.
    var capitalisedSentence: String { prefix(1).uppercased() + dropFirst() + "." }
}
