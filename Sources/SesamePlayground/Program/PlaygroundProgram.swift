import Glibc
import SesameHTTP
import SesameJSON
import SesameSecrets
import SesameSystem

/// The program `sesame-playground`; called `practice-browser`, it is the browser alone.
package enum PlaygroundProgram {
    /// Runs with the words of the command line, the program's own name first; returns the exit code.
    package static func run(_ words: [String]) async -> Int32 {
        let name = words.first?.split(separator: "/").last ?? ""
        let rest = Array(words.dropFirst())
        if name == "practice-browser" { return await browse(rest) }
        if rest.first == "browse" { return await browse(Array(rest.dropFirst())) }
        do throws(UsageError) {
            switch try ProgramArguments.parse(rest) {
            case .help: say(helpText, to: STDOUT_FILENO)
            case .version: say("sesame-playground \(playgroundVersion)\n", to: STDOUT_FILENO)
            case .serve(let arguments): return await serve(arguments)
            }
            return 0
        } catch {
            say(
                "sesame-playground: \(error.message)\nhint: sesame-playground --help\n",
                to: STDERR_FILENO)
            return 2
        }
    }

    private static func serve(_ arguments: ProgramArguments) async -> Int32 {
        do throws(SystemError) {
            let signals = try Signals()
            let playground = try Playground(arguments.options)
            let ready = playground.service.scenariosJSON().encoded()
            say(ready.dangerouslyRevealedText() + "\n", to: STDOUT_FILENO)
            if let file = arguments.readyFile { try? PrivateFile.replace(file, ready) }
            if !arguments.isQuiet {
                say("serving on \(playground.baseURL.origin) until Ctrl-C\n", to: STDERR_FILENO)
            }
            try await signals.wait()
            await playground.stop()
            return 0
        } catch {
            say("sesame-playground: \(error)\n", to: STDERR_FILENO)
            return 1
        }
    }

    private static func browse(_ words: [String]) async -> Int32 {
        let arguments: BrowserArguments
        do throws(UsageError) {
            arguments = try BrowserArguments(words)
        } catch {
            say("practice browser: \(error.message)\n", to: STDERR_FILENO)
            return 2
        }
        do throws(TransportError) {
            let browser = PracticeBrowser(arguments.decision, user: arguments.user)
            tell(try await browser.open(arguments.url))
            return 0
        } catch {
            say("practice browser: \(error.message)\n", to: STDERR_FILENO)
            return 1
        }
    }

    /// Says where it ended, without the query, since a code may stand in it; and what a page that is no
    /// HTML says, since a person would see just that.
    private static func tell(_ visit: PracticeBrowser.Visit) {
        say(
            "practice browser: \(visit.status) at \(visit.url.origin)\(visit.url.path)\n",
            to: STDERR_FILENO)
        guard !visit.body.hasPrefix("<"), !visit.body.isEmpty else { return }
        say(visit.body.sanitised(limit: 2000) + "\n", to: STDERR_FILENO)
    }

    private static func say(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        try? FileDescriptor.writeAll(bytes.span, to: descriptor)
    }
}

let playgroundVersion = "0.1.0"
