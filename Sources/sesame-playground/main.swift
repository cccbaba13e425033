import Glibc
import SesamePlayground

exit(await PlaygroundProgram.run(CommandLine.arguments))
