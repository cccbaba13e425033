import SesameBrokerAPI
import SesameJSON

extension Command {
    static let help = Command(
        name: "help", summary: "show help, for one command or all",
        arguments: [Argument(name: "COMMAND", summary: "the command", presence: .optional)],
        examples: [Example("sesame help login", "What login does and which options it has.")],
        run: showHelp)

    static let version = Command(
        name: "version", summary: "show the version",
        examples: [Example("sesame version --json", "The version for a script.")],
        run: { context throws(Failure) in try showVersion(context.output) })
}

private func showHelp(_ context: Context) throws(Failure) -> ExitCode {
    let words = context.arguments.positional
    let width = context.terminal.width
    if words.isEmpty {
        try context.terminal.write(HelpText.overview(width: width), to: .output)
        return .done
    }
    let command = try CommandTable.find(words).0
    try context.terminal.write(HelpText.text(of: command, width: width), to: .output)
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
