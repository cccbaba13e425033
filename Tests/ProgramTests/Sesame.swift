import SesameJSON
import SesameSecrets
import TestSupport
import Testing

/// Sesame as a user has it: the built programs, and a folder of its own for all that they keep.
struct Sesame: Sendable {
    let folder = TemporaryFolder()
    /// What its programs find in their environment beside what they need.
    let variables: [String: String]
    private let environment: [String: String]
    private let server: (any AnyObject & Sendable)?

    /// - Parameters:
    ///   - browser: the program that is called with the address to open.
    ///   - server: what must run as long as this value is used.
    ///   - variables: what all of its programs find in their environment beside what they need.
    init(
        browser: String? = nil, server: (any AnyObject & Sendable)? = nil,
        variables: [String: String] = [:]
    ) {
        self.server = server
        self.variables = variables
        var environment = ChildProcess.plainEnvironment.merging(variables) { $1 }
        environment["SESAME_HOME"] = folder.path
        environment["HOME"] = folder.path
        environment["BROWSER"] = browser
        self.environment = environment
    }

    /// Runs a command that must succeed, and returns what it printed.
    @discardableResult
    func run(
        _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        try await run(arguments, input: "", sourceLocation: sourceLocation)
    }

    /// Runs a command that reads this and must succeed.
    @discardableResult
    func run(
        _ arguments: [String], input: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let finished = try await ChildProcess.runAside(
            BuiltPrograms.path(of: "sesame"), arguments, environment: environment,
            input: Array(input.utf8))
        try #require(
            finished.status == 0, "sesame \(arguments.joined(separator: " ")): \(finished.errors)",
            sourceLocation: sourceLocation)
        return finished.output
    }

    /// Runs a command to its end, whatever that is.
    /// - Parameter browser: in the place of the one that agrees to everything.
    func attempt(
        _ arguments: [String], input: String = "", browser: String? = nil
    ) async throws -> ChildProcess.Finished {
        let changes = browser.map { ["BROWSER": $0] } ?? [:]
        return try await ChildProcess.runAside(
            BuiltPrograms.path(of: "sesame"), arguments,
            environment: environment.merging(changes) { $1 }, input: Array(input.utf8))
    }

    /// Runs a line of shell in this home's folder, with its environment.
    @discardableResult
    func shell(_ line: String) async throws -> ChildProcess.Finished {
        let programs = ["SESAME": BuiltPrograms.path(of: "sesame"), "TERM": "dumb"]
        return try await ChildProcess.runAside(
            "sh", ["-c", #"cd "$SESAME_HOME" && "# + line],
            environment: environment.merging(programs) { $1 })
    }

    /// Starts a command that goes on while the test does something else.
    func start(_ arguments: String...) throws -> ChildProcess.Running {
        try ChildProcess.start(
            BuiltPrograms.path(of: "sesame"), arguments, environment: environment)
    }
}

extension JSON {
    /// Reads what a program printed.
    init(printed text: String) throws {
        try self.init(parsing: Secret(copying: Array(text.utf8).span))
    }
}
