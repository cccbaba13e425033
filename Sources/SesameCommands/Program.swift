import Glibc
import SesameSystem

/// The whole program, callable from `main` and from tests.
package enum Program {
    /// Runs the command line of this process, and ends the process.
    package static func main() -> Never {
        openStandardStreams()
        // A file that may not grow further is an error of that write, as a full disk is.
        signal(SIGXFSZ, SIG_IGN)
        Interruption.install()
        // Other tools know it by names of their own.
        let name = CommandLine.arguments.first ?? ""
        exit(
            run(
                arguments: HelperNames.expand(name, Array(CommandLine.arguments.dropFirst())),
                surroundings: .machine(environment: ProcessEnvironment.current),
                terminal: SystemTerminal()))
    }

    /// Runs one command line.
    /// - Parameter arguments: what was typed behind the program's name.
    /// - Returns: what the program exits with.
    package static func run(
        arguments words: [String], surroundings: Surroundings, terminal: any Terminal
    ) -> Int32 {
        let typed = words.prefix { $0 != "--" }
        let output = Output(
            terminal: terminal, environment: surroundings.environment,
            isJSON: typed.contains("--json"),
            isVerbose: typed.contains("-v") || typed.contains("--verbose"))
        do throws(Failure) {
            return try run(words, surroundings, output).rawValue
        } catch {
            output.failure(error)
            return error.exit.rawValue
        }
    }

    private static func run(
        _ words: [String], _ surroundings: Surroundings, _ output: Output
    ) throws(Failure) -> ExitCode {
        // An option may stand before the command's name, and so may its value.
        let options = Command.globalOptions + CommandTable.all.flatMap(\.options)
        let sketch = try Arguments(words, options: options, strict: false)
        if sketch.positional.isEmpty {
            if sketch.has("version") { return try showVersion(output) }
            guard sketch.has("help") else { return try explainUsage(output, words) }
            return try show(HelpText.overview(width: output.terminal.width), output)
        }
        if sketch.has("help"), !CommandTable.family(sketch.positional[0]).isEmpty,
            sketch.positional.count == 1
        {
            let text = try HelpText.text(about: sketch.positional, width: output.terminal.width)
            return try show(text, output)
        }
        let (command, count) = try CommandTable.find(sketch.positional)
        if sketch.has("help") {
            return try show(HelpText.text(of: command, width: output.terminal.width), output)
        }
        if sketch.has("version") { return try showVersion(output) }
        var arguments = try Self.arguments(words, of: command)
        arguments.dropFirst(count)
        let context = Context(arguments: arguments, surroundings: surroundings, output: output)
        return try command.run(context)
    }

    private static func arguments(_ words: [String], of command: Command) throws(Failure)
        -> Arguments
    {
        do throws(Failure) {
            let arguments = try Arguments(words, options: command.options + Command.globalOptions)
            if arguments.rest != nil, !command.arguments.contains(where: { $0.presence == .rest }) {
                throw Failure.usage("nothing may stand behind --")
            }
            return arguments
        } catch {
            throw error.adding(hint: "sesame help \(command.name) shows the options")
        }
    }

    private static func explainUsage(_ output: Output, _ words: [String]) throws(Failure)
        -> ExitCode
    {
        if let option = words.first(where: { $0.hasPrefix("-") && $0 != "--" }), !output.isJSON {
            do throws(Failure) {
                _ = try Arguments([option], options: Command.globalOptions)
            } catch {
                throw error.adding(hint: "sesame help shows commands and options")
            }
        }
        guard output.isJSON else {
            try output.terminal.write(HelpText.overview(width: output.terminal.width), to: .error)
            return .usage
        }
        throw Failure.usage("which command?", hints: ["sesame help lists them"])
    }

    private static func show(_ text: String, _ output: Output) throws(Failure) -> ExitCode {
        try output.terminal.write(text, to: .output)
        return .done
    }
}
