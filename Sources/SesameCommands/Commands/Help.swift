import SesameBrokerAPI
import SesameJSON

extension Command {
    static let help = Command(
        name: "help", summary: "show help, for one command or all",
        arguments: [
            Argument(
                name: "COMMAND", summary: "the command", presence: .optional, content: .command)
        ],
        options: [
            Option(name: "mdoc", summary: "print the manual page of all commands, in mdoc(7)")
        ],
        examples: [
            Example("sesame help login", "What login does and which options it has."),
            Example("sesame help --mdoc | man -l -", "The manual, where it is not installed."),
        ],
        run: showHelp)

    static let version = Command(
        name: "version", summary: "show the version",
        examples: [Example("sesame version --json", "The version for a script.")],
        run: { context throws(Failure) in
            guard context.arguments.positional.isEmpty else {
                throw Failure.usage("version takes no argument")
            }
            return try showVersion(context.output)
        })
}

private func showHelp(_ context: Context) throws(Failure) -> ExitCode {
    let words = context.arguments.positional
    let width = context.terminal.width
    if context.arguments.has("mdoc") {
        guard words.isEmpty else {
            throw Failure.usage("the manual page has all commands: name none")
        }
        try context.terminal.write(ManualPage.text(), to: .output)
        return .done
    }
    if words.isEmpty {
        try context.terminal.write(HelpText.overview(width: width), to: .output)
        return .done
    }
    try context.terminal.write(try HelpText.text(about: words, width: width), to: .output)
    return .done
}

func showVersion(_ output: Output) throws(Failure) -> ExitCode {
    if output.isJSON {
        try output.object(.object([("version", .string(SesameVersion.current))]))
    } else {
        try output.line("sesame \(SesameVersion.current)")
    }
    return .done
}
