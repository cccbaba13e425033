import Glibc
import SesameCommands
import SesameSystem

// No `async` main: this program starts in about a millisecond, and shells call it in loops.
Interruption.install()
exit(
    Program.run(
        arguments: Array(CommandLine.arguments.dropFirst()),
        surroundings: .machine(environment: ProcessEnvironment.current), terminal: SystemTerminal())
)
