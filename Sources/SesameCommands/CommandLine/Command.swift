/// One command as a value: parsing, help, suggestions, completions and the manual are made from it.
package struct Command: Sendable {
    /// What is typed, such as `contact create`.
    package let name: String
    /// One line for the list of commands.
    package let summary: String
    /// What a reader of its help should know besides.
    package var details: [String] = []
    /// What is typed behind the name, in order.
    package var arguments: [Argument] = []
    /// Its options, without the global ones.
    package var options: [Option] = []
    /// How it is used.
    package let examples: [Example]
    /// Does it.
    package let run: @Sendable (Context) throws(Failure) -> ExitCode

    /// Something that is typed behind a command's name.
    package struct Argument: Sendable {
        /// How often it is there.
        package enum Presence: Sendable {
            case required
            case optional
            /// Everything behind `--`.
            case rest
        }
        package let name: String
        package let summary: String
        package var presence = Presence.required
        package var content = Content.text

        /// The profile that a command is about; it may also come from `--profile` or `SESAME_PROFILE`.
        package static let profile = Argument(
            name: "PROFILE", summary: "the name of the profile", content: .profile)
    }

    /// An option.
    package struct Option: Sendable {
        /// The long name without its dashes.
        package let name: String
        package var short: Character?
        /// What its value is called; `nil` for a switch.
        package var value: String?
        package let summary: String
        package var repeats = false
        /// Of its value.
        package var content = Content.text
    }

    /// What may stand in the place of a value.
    package enum Content: Sendable, Hashable {
        case text
        /// One of these.
        case words([String])
        case file
        /// The name of a profile.
        case profile
        /// The name of a command of ours.
        case command
        /// A program, and what is said to it.
        case program
    }

    /// A command line that shows a use.
    package struct Example: Sendable {
        package let line: String
        package let purpose: String

        package init(_ line: String, _ purpose: String) {
            self.line = line
            self.purpose = purpose
        }
    }

    /// What is typed, in a notation.
    package var synopsis: String {
        let options = options.isEmpty ? [] : ["[OPTION]…"]
        let arguments = arguments.map { argument in
            switch argument.presence {
            case .required: argument.name
            case .optional: "[\(argument.name)]"
            case .rest: "-- \(argument.name)…"
            }
        }
        return
            (["sesame", name] + arguments.filter { !$0.hasPrefix("--") } + options
            + arguments.filter { $0.hasPrefix("--") }).joined(separator: " ")
    }

    /// The options of every command.
    package static let globalOptions: [Option] = [
        Option(
            name: "profile", value: "P", summary: "the profile (or set SESAME_PROFILE)",
            content: .profile),
        Option(name: "json", summary: "one JSON object a line, for scripts; errors too"),
        Option(name: "verbose", short: "v", summary: "show the steps on stderr, never a secret"),
        Option(name: "version", summary: "show the version"),
        Option(name: "help", short: "h", summary: "show help for the command"),
    ]
}
