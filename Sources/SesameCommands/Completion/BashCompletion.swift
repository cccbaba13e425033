/// The script for bash: a function that reads the words before the cursor and compares.
///
/// It needs nothing of the package bash-completion. Candidates are never handed to `compgen -W`, which
/// would expand them.
struct BashCompletion {
    let tree: CommandTree

    var script: String {
        """
        # Completion of sesame for bash, made by: sesame completion bash

        # Offers those words that begin with the first.
        _sesame_words() {
            local begin=$1 word
            shift
            for word; do
                if [[ $word == "$begin"* ]]; then COMPREPLY+=("$word"); fi
            done
        }

        # Offers the names of profiles. Where nobody can tell them, there are none.
        _sesame_profiles() {
            local name
            while IFS= read -r name; do
                if [[ $name != *[!A-Za-z0-9._-]* ]]; then _sesame_words "$1" "$name"; fi
            done < <(command sesame profiles </dev/null 2>/dev/null)
        }

        # Offers the words of commands that may come behind those that are typed.
        _sesame_commands() {
            local begin=$1
            shift
            case "$*" in
        \(commandCases)
            esac
        }

        _sesame() {
            COMPREPLY=()
            local IFS=$' \\t\\n'
            local begin=${COMP_WORDS[COMP_CWORD]} prefix='' word wanted='' rest=0 joins='' kind=''
            local -a typed=() options=()

            # bash makes words of their own of = and : within a word.
            for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                if ((rest > 0)); then
                    ((rest += 1))
                elif [[ $word == [=:] ]]; then
                    joins=1
                elif [[ -n $joins || -n $wanted ]]; then
                    joins='' wanted=''
                else
                    case $word in
                        --) rest=1 ;;
                        \(tree.optionsWithValue.joined(separator: " | "))) wanted=$word ;;
        \(optionsOfTwoKinds)
                        '<' | '>' | '>>' | '2>') wanted='<' ;;
                        -?*) ;;
                        *) typed+=("$word") ;;
                    esac
                fi
            done
            if [[ $begin == [=:] ]]; then begin='' joins=1; fi
            if [[ -n $joins && -z $wanted ]]; then return; fi
            if [[ $rest == 0 && $begin == --*=* ]]; then
                wanted=${begin%%=*} prefix=$wanted= begin=${begin#*=}
            fi

            local command=${typed[0]-} count=$((${#typed[@]} - 1))
            case $command in
        \(familyCase)
            esac

            if ((rest > 0)); then
                case "$command $rest" in
        \(restCases)
                    *) kind=file ;;
                esac
            elif [[ -n $wanted ]]; then
                case "$command $wanted" in
        \(valueCases)
                    *' <') kind=file ;;
                esac
            elif [[ $begin == -* ]]; then
                case $command in
        \(optionCases)
                esac
                _sesame_words "$begin" "${options[@]}" \(spellings(tree.globalOptions))
            elif ((count < 0)); then
                _sesame_commands "$begin" "${typed[@]}"
            else
                case "$command $count" in
        \(argumentCases)
                esac
            fi

            case $kind in
                file) compopt -o default 2>/dev/null ;;
                profile) _sesame_profiles "$begin" ;;
                program) mapfile -t COMPREPLY < <(compgen -c -- "$begin") ;;
                command) _sesame_commands "$begin" "${typed[@]:1}" ;;
                words) _sesame_words "$begin" "${options[@]}" ;;
            esac
            if [[ -n $prefix ]]; then COMPREPLY=("${COMPREPLY[@]/#/$prefix}"); fi
        }

        complete -F _sesame sesame

        """
    }

    private var commandCases: String {
        let first = tree.branches.map(\.word.inShellQuotes).joined(separator: " ")
        let lines =
            ["'') _sesame_words \"$begin\" \(first) ;;"]
            + tree.families.map { branch in
                let words = branch.family.map(\.word.inShellQuotes).joined(separator: " ")
                return "\(branch.word.inShellQuotes)) _sesame_words \"$begin\" \(words) ;;"
            }
        return cases(lines, depth: 2)
    }

    private var optionsOfTwoKinds: String {
        tree.optionsOfTwoKinds.map { spelling, commands in
            let patterns = commands.map { "\("\($0) ".inShellQuotes)*" }.joined(separator: " | ")
            return String(repeating: "    ", count: 4)
                + "\(spelling)) case \"${typed[*]} \" in \(patterns)) wanted=$word ;; esac ;;"
        }.joined(separator: "\n")
    }

    private var familyCase: String {
        let words = tree.families.map(\.word.inShellQuotes).joined(separator: " | ")
        guard !words.isEmpty else { return cases([], depth: 2) }
        return cases(["\(words)) command+=\" ${typed[1]-}\" count=$((count - 1)) ;;"], depth: 2)
    }

    private var restCases: String {
        cases(
            tree.commands.compactMap { command in
                command.restArgument.flatMap { argument in
                    assignment(argument.content).map {
                        "\("\(command.name) 1".inShellQuotes)) \($0) ;;"
                    }
                }
            }, depth: 3)
    }

    private var valueCases: String {
        let global = tree.globalOptions.compactMap { option in
            assignment(option.content).map { value in
                let patterns = option.spellings.map { "*\(" \($0)".inShellQuotes)" }
                return "\(patterns.joined(separator: " | "))) \(value) ;;"
            }
        }
        let own = tree.commands.flatMap { command in
            command.options.compactMap { option in
                assignment(option.content).map { value in
                    let patterns = option.spellings.map { "\(command.name) \($0)".inShellQuotes }
                    return "\(patterns.joined(separator: " | "))) \(value) ;;"
                }
            }
        }
        return cases(own + global, depth: 3)
    }

    private var optionCases: String {
        cases(
            tree.commands.filter { !$0.options.isEmpty }.map { command in
                "\(command.name.inShellQuotes)) options=(\(spellings(command.options))) ;;"
            }, depth: 3)
    }

    private var argumentCases: String {
        cases(
            tree.commands.flatMap { command in
                command.positionalArguments.enumerated().compactMap { position, argument in
                    // The name of a command may have two words.
                    let pattern =
                        argument.content == .command
                        ? "\("\(command.name) ".inShellQuotes)*"
                        : "\(command.name) \(position)".inShellQuotes
                    return assignment(argument.content).map { "\(pattern)) \($0) ;;" }
                }
            }, depth: 3)
    }

    /// What lets the last step of the function offer such values; `nil` where nothing can be offered.
    private func assignment(_ content: Command.Content) -> String? {
        switch content {
        case .text: nil
        case .file: "kind=file"
        case .profile: "kind=profile"
        case .command: "kind=command"
        case .program: "kind=program"
        case .words(let words):
            "kind=words options=(\(words.map(\.inShellQuotes).joined(separator: " ")))"
        }
    }

    private func spellings(_ options: [Command.Option]) -> String {
        options.flatMap(\.spellings).map(\.inShellQuotes).joined(separator: " ")
    }

    private func cases(_ lines: [String], depth: Int) -> String {
        let indent = String(repeating: "    ", count: depth)
        return lines.isEmpty ? "\(indent)'') ;;" : lines.map { indent + $0 }.joined(separator: "\n")
    }
}
