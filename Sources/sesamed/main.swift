import Glibc
import SesameBrokerAPI
import SesameBrokerServer
import SesameSecrets
import SesameSystem

// Before anything reads a variable, makes a file or holds a secret.
Hardening.apply()

// No `async` main: the main thread waits for signals, the server has its own.
blockSignals()

let arguments = Array(CommandLine.arguments.dropFirst())
guard let mode = DaemonMode(arguments: arguments) else {
    complain("usage: sesamed [--adopt N | --help | --version]")
    exit(2)
}

func put(_ text: String) {
    try? FileDescriptor.writeAll(Array(text.utf8).span, to: STDOUT_FILENO)
}

switch mode {
case .help: put(DaemonProgram.help)
case .version: put("sesamed \(SesameVersion.current)\n")
case .daemon, .adopt:
    let environment = ProcessEnvironment.current
    do {
        let paths = try SesamePaths(environment: environment)
        let program = try DaemonProgram(
            paths: paths, home: environment["HOME"] ?? "/",
            manager: ServiceManager(environment: environment))
        try program.run(mode, socket: paths.socket)
    } catch let problem as Problem {
        complain(problem.detail)
        exit(2)
    } catch {
        complain("\(error)".sanitised(limit: 400))
        exit(1)
    }
}
