/// The script for zsh: specifications for `_arguments`, with what each word means beside it.
struct ZshCompletion {
    let tree: CommandTree

    var script: String {
        """
        #compdef sesame
        # Completion of sesame for zsh, made by: sesame completion zsh

        # Offers the names of profiles. Where nobody can tell them, there are none.
        _sesame_profiles() {
            local expl
            local -a names
            names=(${(f)"$(command sesame profiles </dev/null 2>/dev/null)"})
            names=(${names:#*[^A-Za-z0-9._-]*})
            _wanted profiles expl profile compadd -a names
        }

        # Offers the words of commands that may come behind the one that is typed.
        _sesame_commands() {
            local -a commands
            case $1 in
        \(commandCases)
            esac
            _describe -t commands command commands
        }

        # Offers the name of a command, of which the words before the cursor may hold the first.
        _sesame_topics() {
            if ((CURRENT == 2)); then _sesame_commands; else _sesame_commands "$words[2]"; fi
        }

        _sesame() {
            local curcontext=$curcontext context state state_descr line name
            typeset -A opt_args
            local -a everywhere
            everywhere=(
        \(specifications(tree.globalOptions, depth: 2).joined(separator: "\n"))
            )

            # What stands behind -- is a command line of its own.
            integer end=${words[(i)--]}
            if ((end < CURRENT)); then
                shift $end words
                ((CURRENT -= end))
                _normal
                return
            fi

            _arguments -C -S $everywhere '1:command: _sesame_commands' '*::argument:->argument' && return
            [[ $state == argument ]] || return 1
            name=$words[1]
            case $name in
        \(familyCase)
            esac
            case $name in
        \(tree.commands.map(specification).joined(separator: "\n"))
            esac
        }

        # Called by compinit's loader, or read by a start file.
        if [[ $funcstack[1] == _sesame ]]; then
            _sesame "$@"
        else
            compdef _sesame sesame
        fi

        """
    }

    private var commandCases: String {
        let cases =
            tree.families.map { branch in
                (branch.word.inShellQuotes, branch.family.map { ($0.word, $0.command.summary) })
            } + [("*", tree.branches.map { ($0.word, $0.summary) })]
        return cases.map { pattern, words in
            let described = words.map { word, summary in
                "                \("\(word):\(summary)".inShellQuotes)"
            }
            return "        (\(pattern)) commands=(\n\(described.joined(separator: "\n"))\n"
                + "            ) ;;"
        }.joined(separator: "\n")
    }

    private var familyCase: String {
        tree.families.map { branch in
            let word = branch.word.inShellQuotes
            return """
                        (\(word))
                            _arguments -C -S $everywhere \\
                                '1:command: _sesame_commands '\(word) '*::argument:->argument' && return
                            [[ $state == argument ]] || return 1
                            name+=" $words[1]"
                            ;;
                """
        }.joined(separator: "\n")
    }

    private func specification(of command: Command) -> String {
        let arguments = command.positionalArguments.map { argument in
            let name = escaped(argument.name, ":")
            // The name of a command may have two words.
            let place = argument.content == .command ? "*" : ""
            let colons = argument.presence == .optional && place.isEmpty ? "::" : ":"
            return "\(place)\(colons)\(name):\(action(argument.content))".inShellQuotes
        }.map { String(repeating: " ", count: 16) + $0 }
        let lines = specifications(command.options, depth: 4) + arguments
        return "        (\(command.name.inShellQuotes))\n            _arguments -S $everywhere"
            + lines.map { " \\\n" + $0 }.joined() + "\n            ;;"
    }

    private func specifications(_ options: [Command.Option], depth: Int) -> [String] {
        options.map { option in
            let long = "--\(option.name)\(option.value == nil ? "" : "=")"
            let short = option.short.map { "-\($0)\(option.value == nil ? "" : "+")" }
            let spelling = short.map { "{\($0),\(long)}" } ?? long
            let once = option.repeats ? "'*'" : "'(\(option.spellings.joined(separator: " ")))'"
            let value = option.value.map { value in
                let name = String(value.filter { $0 != "'" })
                return ":\(escaped(name, ":")):\(action(option.content))"
            }
            let meaning = "[\(escaped(option.summary, "[]"))]\(value ?? "")"
            return String(repeating: "    ", count: depth) + once + spelling
                + meaning.inShellQuotes
        }
    }

    /// How the shell finds such values; a blank is for those that it cannot know.
    private func action(_ content: Command.Content) -> String {
        switch content {
        case .text: " "
        case .file: "_files"
        case .profile: "_sesame_profiles"
        case .command: "_sesame_topics"
        case .program: "_command_names -e"
        case .words(let words): "(\(words.joined(separator: " ")))"
        }
    }

    private func escaped(_ text: String, _ characters: String) -> String {
        text.reduce(into: "") { result, character in
            if characters.contains(character) || character == "\\" { result.append("\\") }
            result.append(character)
        }
    }
}
