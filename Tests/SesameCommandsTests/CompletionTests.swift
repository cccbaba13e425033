import Testing

@testable import SesameCommands

/// A table that has everything that a command can have.
let practiceTable: [Command] = [
    practice(
        "open", "open a \"door\": slowly, with 100% \\ care",
        arguments: [.profile, .init(name: "DOOR", summary: "which", presence: .optional)],
        options: [
            .init(
                name: "way", short: "w", value: "W", summary: "how it's done", repeats: true,
                content: .words(["wide", "ajar"])),
            .init(name: "key", value: "'K: V'", summary: "the key [if any]", content: .file),
            .init(name: "loud", short: "l", summary: "say so"),
        ]),
    practice(
        "cave run", "run a program in the cave",
        arguments: [
            .init(name: "FILE", summary: "the list", content: .file),
            .init(name: "CMD", summary: "the program", presence: .rest, content: .program),
        ], options: [.init(name: "level", short: "l", value: "N", summary: "how deep")]),
    practice("cave list", "list the caves"),
    practice(
        "about", "say what a command does",
        arguments: [
            .init(name: "COMMAND", summary: "which", presence: .optional, content: .command)
        ]),
]

private func practice(
    _ name: String, _ summary: String, arguments: [Command.Argument] = [],
    options: [Command.Option] = []
) -> Command {
    Command(
        name: name, summary: summary, details: [".It is a trial. It has two sentences…"],
        arguments: arguments, options: options,
        examples: [.init("sesame \(name) 'a \\ b'", "Shows it.")],
        run: { _ throws(Failure) in .done })
}

@Suite struct `sesame completion` {
    @Test(arguments: CompletionShell.allCases)
    func `prints a script that holds every command and every option`(shell: CompletionShell) {
        let stage = Stage()
        #expect(stage.run("completion", shell.rawValue) == 0)
        #expect(stage.errors.isEmpty && stage.broker.requests.isEmpty)
        for command in CommandTable.all {
            for word in command.name.split(separator: " ") + command.options.map({ $0.name[...] }) {
                #expect(stage.output.contains(word), "\(word)")
            }
        }
        #expect(stage.output.contains("command sesame profiles"))
    }

    /// To accept new texts: remove the file, run the test twice.
    @Test(arguments: CompletionShell.allCases)
    func `is the script that was accepted, for a table that has everything`(
        shell: CompletionShell
    ) throws {
        let script = shell.script(for: practiceTable)
        let name = "completion/practice.\(shell.rawValue)"
        #expect(script == (try Snapshots.read(name, orWrite: script)))
    }

    @Test(arguments: [
        ([], "which shell? one of: bash, zsh, fish"),
        (["tcsh\u{1B}"], "no completion for the shell tcsh\\u{1b}; one of: bash, zsh, fish"),
        (["bash", "zsh"], "too many arguments: zsh"),
    ])
    func `says which shells there are`(words: [String], message: String) {
        let stage = Stage()
        #expect(stage.run(["completion"] + words) == 2)
        #expect(stage.errors.hasPrefix("sesame: \(message)\n"))
        #expect(stage.output.isEmpty)
    }

    @Test func `knows what kind each value is`() {
        for command in CommandTable.all {
            for argument in command.arguments {
                #expect((argument.name == "PROFILE") == (argument.content == .profile))
                #expect(argument.name != "FILE" || argument.content == .file, "\(command.name)")
            }
            for option in command.options where option.value != nil {
                let isFile = option.name.hasSuffix("-file")
                #expect(!isFile || option.content == .file, "--\(option.name)")
            }
            for option in command.options where option.value == nil {
                #expect(option.content == .text, "--\(option.name) has no value")
            }
        }
    }

    /// What is no such word would have to be quoted anew for each shell.
    @Test func `has words that no shell takes for something else`() {
        let options = Command.globalOptions + CommandTable.all.flatMap(\.options)
        var words = CommandTable.all.flatMap { $0.name.split(separator: " ").map(String.init) }
        words += options.map(\.name)
        for option in options {
            if case .words(let choices) = option.content { words += choices }
        }
        for word in words {
            #expect(
                word.utf8.allSatisfy { $0 == 0x2D || $0 == 0x5F || isLetterOrDigit($0) }, "\(word)")
        }
    }

    private func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }
}

@Suite struct `The manual page` {
    @Test func `is the text that was accepted, for a table that has everything`() throws {
        let page = ManualPage.text(of: practiceTable)
        #expect(page == (try Snapshots.read("manual/practice.1", orWrite: page)))
    }

    @Test func `has every command, option, exit code and example`() {
        let stage = Stage()
        #expect(stage.run("help", "--mdoc") == 0)
        let page = stage.output
        for command in CommandTable.all {
            #expect(
                page.contains("\n.Ss \"sesame \(command.name.escapedHyphens)"), "\(command.name)")
            for option in command.options {
                #expect(page.contains("Fl \\-\(option.name.escapedHyphens)"), "--\(option.name)")
            }
        }
        for code in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130] {
            #expect(page.contains("\n.It \(code)\n"))
        }
        let displays = page.split(separator: "\n").filter { $0.hasPrefix(".Bd ") }
        #expect(displays.count == CommandTable.all.flatMap(\.examples).count)
    }

    @Test func `has all commands or none`() {
        let stage = Stage()
        #expect(stage.run("help", "token", "--mdoc") == 2)
        #expect(stage.errors.hasPrefix("sesame: the manual page has all commands: name none\n"))
    }
}

extension String {
    fileprivate var escapedHyphens: String {
        map { $0 == "-" ? "\\-" : String($0) }.joined()
    }
}
