/// The table of commands as somebody sees it who types: first words, second words, options.
struct CommandTree: Sendable {
    let commands: [Command]
    let globalOptions: [Command.Option]

    init(_ commands: [Command], globalOptions: [Command.Option] = Command.globalOptions) {
        self.commands = commands
        self.globalOptions = globalOptions
    }

    /// A word that may come next, and what it is about.
    struct Branch: Sendable {
        let word: String
        let summary: String
        /// What may follow; empty for a command.
        var family: [(word: String, command: Command)] = []
    }

    /// What may be the first word, in the order of the table; commands that share it stand together.
    var branches: [Branch] {
        var branches: [Branch] = []
        for command in commands {
            let parts = command.name.split(separator: " ", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                branches.append(Branch(word: command.name, summary: command.summary))
                continue
            }
            // A command of one word wins over a family of that name, as in the parser.
            if branches.contains(where: { $0.word == parts[0] }) { continue }
            let family = commands.filter { $0.name.hasPrefix(parts[0] + " ") }
                .map { (word: String($0.name.dropFirst(parts[0].count + 1)), command: $0) }
            let summary = family.map(\.word).joined(separator: ", ")
            branches.append(Branch(word: parts[0], summary: summary, family: family))
        }
        return branches
    }

    /// The first words that are no command by themselves.
    var families: [Branch] { branches.filter { !$0.family.isEmpty } }

    /// How options are typed behind which a value comes, in the order of the table; those whose letter is
    /// a switch of another command are left out.
    var optionsWithValue: [String] {
        spellings { $0.value != nil }.filter { !switches.contains($0) }
    }

    /// How options are typed behind which a value comes for some commands, with these commands' names.
    var optionsOfTwoKinds: [(spelling: String, commands: [String])] {
        spellings { $0.value != nil }.filter(switches.contains).map { spelling in
            let owners = commands.filter { command in
                command.options.contains { $0.value != nil && $0.spellings.contains(spelling) }
            }
            return (spelling, owners.map(\.name))
        }
    }

    private var switches: [String] { spellings { $0.value == nil } }

    private func spellings(of kind: (Command.Option) -> Bool) -> [String] {
        var seen: Set<String> = []
        return (globalOptions + commands.flatMap(\.options)).filter(kind).flatMap(\.spellings)
            .filter { seen.insert($0).inserted }
    }
}

extension Command {
    /// What is typed behind the name, in order, without what stands behind `--`.
    var positionalArguments: [Argument] { arguments.filter { $0.presence != .rest } }

    /// What stands behind `--`.
    var restArgument: Argument? { arguments.first { $0.presence == .rest } }
}

extension Command.Option {
    /// How it is typed: `--name`, and `-n` where there is a letter.
    var spellings: [String] { ["--" + name] + (short.map { ["-\($0)"] } ?? []) }
}

extension String {
    /// In single quotes, for a shell that ends and begins them anew around a quotation mark.
    var inShellQuotes: String {
        "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
            + "'"
    }
}
