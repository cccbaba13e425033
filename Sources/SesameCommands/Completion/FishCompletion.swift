/// The script for fish: a line for each thing that can be typed, with the condition for it.
struct FishCompletion {
    let tree: CommandTree

    var script: String {
        """
        # Completion of sesame for fish, made by: sesame completion fish

        # Prints the names of profiles. Where nobody can tell them, there are none.
        function __sesame_profiles
            command sesame profiles </dev/null 2>/dev/null | string match --regex '^[A-Za-z0-9._-]+$'
        end

        # Prints the words before the cursor that are neither options nor their values, and all behind --.
        function __sesame_typed
            set --local words (commandline --tokenize --current-process --cut-at-cursor)
            set --erase words[1]
            set --local typed
            set --local wanted no
            set --local rest no
            for word in $words
                if test $rest = yes
                    set --append typed $word
                else if test $wanted = yes
                    set wanted no
                else
                    switch $word
                        case --
                            set rest yes
                            set --append typed $word
                        case \(tree.optionsWithValue.joined(separator: " "))
                            set wanted yes
        \(optionsOfTwoKinds)
                        case '-?*'
                        case '*'
                            set --append typed $word
                    end
                end
            end
            string join -- \\n $typed
        end

        # Whether the command has this name.
        function __sesame_is
            set --local typed (__sesame_typed)
            test (count $argv) -eq 0; and return 0
            set --local words (count $argv)
            test (count $typed) -ge $words; or return 1
            test "$typed[1..$words]" = "$argv"
        end

        # Whether so many words are typed behind this name.
        function __sesame_argument
            set --local number $argv[1]
            set --erase argv[1]
            __sesame_is $argv; or return 1
            test (count (__sesame_typed)) -eq (math (count $argv) + $number)
        end

        # Whether so many words are typed behind this name and --.
        function __sesame_rest
            set --local number $argv[1]
            set --erase argv[1]
            __sesame_is $argv; or return 1
            set --local typed (__sesame_typed)
            set --local place (contains --index -- -- $typed); or return 1
            test (count $typed) -eq (math $place + $number)
        end

        complete --command sesame --no-files
        \(lines.joined(separator: "\n"))

        """
    }

    private var lines: [String] {
        tree.branches.flatMap(words)
            + tree.globalOptions.map { line($0, condition: nil) }
            + tree.commands.flatMap { command in
                let name = command.name
                return command.options.map { line($0, condition: "__sesame_is \(name)") }
                    + command.positionalArguments.enumerated().flatMap { position, argument in
                        lines(argument, "__sesame_argument \(position) \(name)", name)
                    }
                    + (command.restArgument.map { rest($0, name) } ?? [])
            }
    }

    private var optionsOfTwoKinds: String {
        tree.optionsOfTwoKinds.map { spelling, commands in
            """
                            case \(spelling)
                                if string match --quiet --regex '^(\(commands.joined(separator: "|"))) ' "$typed "
                                    set wanted yes
                                end
            """
        }.joined(separator: "\n")
    }

    /// The words of commands.
    private func words(_ branch: CommandTree.Branch) -> [String] {
        [complete("__sesame_argument 0", "--arguments", branch.word, branch.summary)]
            + branch.family.map { word, command in
                complete("__sesame_argument 0 \(branch.word)", "--arguments", word, command.summary)
            }
    }

    private func line(_ option: Command.Option, condition: String?) -> String {
        var parts = ["complete --command sesame"]
        if let condition { parts.append("--condition \(quoted(condition))") }
        if let short = option.short { parts.append("--short-option \(short)") }
        parts.append("--long-option \(option.name)")
        if option.value != nil { parts.append(value(option.content)) }
        return (parts + ["--description \(quoted(option.summary))"]).joined(separator: " ")
    }

    /// What an option demands behind it.
    private func value(_ content: Command.Content) -> String {
        switch content {
        case .file: "--require-parameter --force-files"
        default: "--exclusive" + (candidates(content).map { " --arguments \(quoted($0))" } ?? "")
        }
    }

    private func lines(
        _ argument: Command.Argument, _ condition: String, _ name: String
    ) -> [String] {
        switch argument.content {
        case .text: []
        case .file:
            ["complete --command sesame --condition \(quoted(condition)) --force-files"]
        case .command:
            tree.branches.flatMap { branch in
                [
                    complete(
                        "__sesame_argument 0 \(name)", "--arguments", branch.word, branch.summary)
                ]
                    + branch.family.map { word, command in
                        complete(
                            "__sesame_argument 1 \(name); and __sesame_is \(name) \(branch.word)",
                            "--arguments", word, command.summary)
                    }
            }
        case .profile, .program, .words:
            candidates(argument.content).map {
                [complete(condition, "--arguments", $0, argument.summary)]
            } ?? []
        }
    }

    /// What stands behind `--`: the argument, and then files.
    private func rest(_ argument: Command.Argument, _ name: String) -> [String] {
        let later = "contains -- -- (__sesame_typed); and not __sesame_rest 0 \(name)"
        return lines(argument, "__sesame_rest 0 \(name)", name) + [
            "complete --command sesame --condition \(quoted("__sesame_is \(name); and \(later)"))"
                + " --force-files"
        ]
    }

    /// What fish expands to the candidates.
    private func candidates(_ content: Command.Content) -> String? {
        switch content {
        case .text, .file, .command: nil
        case .profile: "(__sesame_profiles)"
        case .program: "(__fish_complete_command)"
        case .words(let words): words.joined(separator: " ")
        }
    }

    private func complete(
        _ condition: String, _ kind: String, _ candidates: String, _ summary: String
    ) -> String {
        "complete --command sesame --condition \(quoted(condition)) \(kind) \(quoted(candidates))"
            + " --description \(quoted(summary))"
    }

    /// In single quotes, within which a backslash stands before a quotation mark and before itself.
    private func quoted(_ text: String) -> String {
        let escaped = text.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }
        return "'\(escaped.joined())'"
    }
}
