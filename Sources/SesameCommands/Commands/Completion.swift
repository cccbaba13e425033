import SesameSecrets

extension Command {
    static let completion = Command(
        name: "completion", summary: "print a script that completes command lines in a shell",
        details: [
            "An installation puts the scripts where the shells look for them, so that nothing is left to "
                + "do. While somebody types, the script asks sesame for the names of profiles and for "
                + "nothing else."
        ],
        arguments: [
            Argument(
                name: "SHELL", summary: "the shell",
                content: .words(CompletionShell.allCases.map(\.rawValue)))
        ],
        examples: [
            Example("source <(sesame completion bash)", "In ~/.bashrc; zsh takes the same."),
            Example(
                "sesame completion fish > ~/.config/fish/completions/sesame.fish",
                "Where fish finds it."),
        ],
        run: printCompletion)
}

private func printCompletion(_ context: Context) throws(Failure) -> ExitCode {
    let words = context.arguments.positional
    let known = CompletionShell.allCases.map(\.rawValue).joined(separator: ", ")
    guard let name = words.first else {
        throw Failure.usage("which shell? one of: \(known)")
    }
    guard words.count == 1 else {
        throw Failure.usage("too many arguments: \(words[1].sanitised(limit: 60))")
    }
    guard let shell = CompletionShell(rawValue: name) else {
        throw Failure.usage(
            "no completion for the shell \(name.sanitised(limit: 60)); one of: \(known)")
    }
    try context.terminal.write(shell.script(), to: .output)
    return .done
}
