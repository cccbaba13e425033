import SesameHTTP
import Testing

@testable import SesamePlayground

@Suite struct `The command line of the playground` {
    private func serve(_ words: [String]) throws -> ProgramArguments {
        guard case .serve(let arguments) = try ProgramArguments.parse(words) else {
            throw UsageError("not a command to serve")
        }
        return arguments
    }

    @Test func `sets what it names`() throws {
        let arguments = try serve([
            "--port", "8123", "--basic=on", "--access-token-lifetime", "90", "--rotation",
            "grace:5",
            "--service-time", "3", "--log", "l", "--ready-file", "r", "--quiet",
        ])
        #expect(arguments.options.port == 8123)
        #expect(arguments.options.accessTokenLifetime == 90)
        #expect(arguments.options.serviceTime == 3)
        #expect(arguments.options.logFile == "l")
        #expect(arguments.readyFile == "r")
        #expect(arguments.isQuiet)
        for scenario in arguments.options.allScenarios {
            #expect(scenario.acceptsBasic)
            #expect(scenario.rotation == .grace(seconds: 5))
            #expect(scenario.accessTokenLifetime == 90)
        }
    }

    @Test(arguments: [
        ["serve"], ["--port"], ["--port", "65536"], ["--port", "-1"], ["--basic", "yes"],
        ["--rotation", "grace:0"], ["--rotation", "weekly"], ["--service-time", "1s"],
        ["--fast", "1"],
    ])
    func `refuses what makes no sense`(_ words: [String]) {
        #expect(throws: UsageError.self) { try ProgramArguments.parse(words) }
    }

    @Test func `of the browser takes one URL`() throws {
        let arguments = try BrowserArguments([
            "http://127.0.0.1:1/a?b=c", "--deny", "--user", "bob",
        ])
        #expect(arguments.url.description == "http://127.0.0.1:1/a?b=c")
        #expect(arguments.decision == .deny)
        #expect(arguments.user == "bob")
        #expect(throws: UsageError.self) { try BrowserArguments([]) }
        #expect(throws: UsageError.self) {
            try BrowserArguments(["http://a.test/", "http://b.test/"])
        }
    }

    @Test func `explains every issuer, client and kind of fault in its help`() {
        for scenario in Scenario.builtIn {
            #expect(helpText.contains("/\(scenario.name): "))
            for client in scenario.clients { #expect(helpText.contains(client.id)) }
        }
        for kind in Fault.presets.keys { #expect(helpText.contains(kind)) }
    }
}
