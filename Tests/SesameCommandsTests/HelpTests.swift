import SesameCommands
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@Suite struct `The help` {
    /// To accept new texts: remove the file, run the test twice.
    @Test(arguments: ["overview"] + CommandTable.all.map(\.name))
    func `is the text that was accepted`(name: String) throws {
        let command = CommandTable.all.first { $0.name == name }
        let text = command.map { HelpText.text(of: $0, width: 80) } ?? HelpText.overview(width: 80)
        let file = "\(name.split(separator: " ").joined(separator: "-")).txt"
        #expect(text == (try Snapshots.read(file, orWrite: text)))
    }

    @Test(arguments: CommandTable.all) func `has quality`(command: Command) {
        let lines = HelpText.text(of: command, width: 80).split(separator: "\n")
        #expect((10...80).contains(command.summary.count))
        #expect(command.summary.first?.isLowercase == true)
        #expect(!command.summary.hasSuffix("."))
        #expect(!command.examples.isEmpty)
        for example in command.examples {
            #expect(example.line.contains("sesame \(command.name)"))
            #expect(example.purpose.hasSuffix(".") || example.purpose.hasSuffix("…"))
        }
        #expect(Set(command.options.map(\.name)).count == command.options.count)
        #expect(!lines.contains { $0.contains("TODO") })
        let examples = lines.firstIndex(of: "Examples:") ?? lines.endIndex
        #expect(lines[..<examples].allSatisfy { $0.count <= 80 })
    }

    @Test func `names every command and every exit code`() {
        let text = HelpText.overview(width: 80)
        for command in CommandTable.all { #expect(text.contains("\n  \(command.name) ")) }
        for code in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130] { #expect(text.contains("\n  \(code) ")) }
    }

    @Test func `of examples is understood by the parser`() {
        for command in CommandTable.all {
            for option in command.options where option.value != nil {
                #expect(option.value?.allSatisfy(\.isLowercase) == false, "\(option.name)")
            }
        }
    }
}
