import SesameHTTP
import SesameSecrets

/// A command line that makes no sense.
struct UsageError: Error, Sendable {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}

/// The command line of the server.
struct ProgramArguments: Sendable {
    enum Command: Sendable {
        case help
        case version
        case serve(ProgramArguments)
    }

    var options = PlaygroundOptions()
    var readyFile: String?
    var isQuiet = false

    private static let options: Set<String> = [
        "--port", "--basic", "--access-token-lifetime", "--service-time", "--rotation", "--log",
        "--ready-file",
    ]

    /// Takes `--name value` and `--name=value`.
    static func parse(_ words: [String]) throws(UsageError) -> Command {
        var arguments = ProgramArguments()
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h", "help": return .help
            case "--version", "version": return .version
            case "--quiet", "-q": arguments.isQuiet = true
            default:
                let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
                guard let name = parts.first, options.contains(name) else {
                    throw UsageError("unknown option \(word.sanitised())")
                }
                guard let value = parts.count > 1 ? parts[1] : rest.popFirst() else {
                    throw UsageError("\(name) needs a value")
                }
                try arguments.set(name, value)
            }
        }
        return .serve(arguments)
    }

    private mutating func set(_ name: String, _ value: String) throws(UsageError) {
        switch name {
        case "--port": options.port = try number(name, value, UInt16.self)
        case "--basic": options.acceptsBasic = try isOn(name, value)
        case "--access-token-lifetime":
            options.accessTokenLifetime = try number(name, value, Int64.self)
        case "--service-time":
            options.serviceTime = min(60_000, try number(name, value, Int64.self))
        case "--rotation":
            guard let rotation = Scenario.Rotation(value) else {
                throw UsageError("--rotation is strict, grace, grace:SECONDS, none or family")
            }
            options.rotation = rotation
        case "--log": options.logFile = value
        default: readyFile = value
        }
    }

    private func number<Number: FixedWidthInteger>(
        _ name: String, _ value: String, _ type: Number.Type
    ) throws(UsageError) -> Number {
        guard let number = Number(value), number >= 0 else {
            throw UsageError("\(name) needs a number")
        }
        return number
    }

    private func isOn(_ name: String, _ value: String) throws(UsageError) -> Bool {
        guard value == "on" || value == "off" else { throw UsageError("\(name) is on or off") }
        return value == "on"
    }
}

/// The command line of the browser.
struct BrowserArguments: Sendable {
    let url: HTTPURL
    var decision = PracticeBrowser.Decision.allow
    var user: String?

    init(_ words: [String]) throws(UsageError) {
        var found: HTTPURL?
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--deny": decision = .deny
            case "--user": user = rest.popFirst()
            default:
                guard found == nil, let url = HTTPURL(word) else {
                    throw UsageError("one URL is needed")
                }
                found = url
            }
        }
        guard let found else { throw UsageError("one URL is needed") }
        url = found
    }
}
