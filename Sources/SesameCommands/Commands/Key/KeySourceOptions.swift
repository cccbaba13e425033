import SesameBrokerAPI
import SesameSecrets
import SesameSystem

/// Where the key of the store comes from, as options say it.
enum KeySourceOptions {
    static let all: [Command.Option] = [
        .init(name: "key-file", value: "P", summary: "the key is in the file P", content: .file),
        .init(
            name: "key-command", value: "'CMD…'",
            summary:
                "the key is what CMD prints; no shell runs it, double quotes hold a word together"),
        .init(
            name: "key-credential", value: "NAME",
            summary: "the key is the systemd credential NAME"),
        .init(name: "passphrase", summary: "the key is made from a passphrase"),
    ]

    /// The source that was named; `nil` without one.
    static func chosen(_ context: Context) throws(Failure) -> KeySourceMessage? {
        let arguments = context.arguments
        guard all.filter({ arguments.has($0.name) }).count <= 1 else {
            throw Failure.usage("the key has one source: take one of these options")
        }
        if let path = arguments["key-file"] { return try file(path, context) }
        if let command = arguments["key-command"] { return try self.command(command, context) }
        if let name = arguments["key-credential"] { return try credential(name) }
        return arguments.has("passphrase") ? .passphrase : nil
    }

    static func file(_ path: String, _ context: Context) throws(Failure) -> KeySourceMessage {
        guard !path.isEmpty else { throw Failure.usage("the path of the key file is empty") }
        return .file(path: context.absolutePath(path))
    }

    static func credential(_ name: String) throws(Failure) -> KeySourceMessage {
        guard !name.isEmpty, !name.contains("/") else {
            throw Failure.usage("a credential has a name without slashes: \(name.sanitised())")
        }
        return .credential(name: name)
    }

    /// The program by its absolute path: which one a name means is decided here and now.
    static func command(_ text: String, _ context: Context) throws(Failure) -> KeySourceMessage {
        guard let words = CommandWords.split(text) else {
            throw Failure.usage("the key command has a quotation mark that is not closed")
        }
        guard let program = words.first else { throw Failure.usage("the key command is empty") }
        let found =
            program.contains("/")
            ? context.absolutePath(program)
            : ProgramSearch.onPath(program, environment: context.environment)
        guard let found, ProgramSearch.isExecutable(found) else {
            throw Failure.usage("the key command is not a program: \(program.sanitised())")
        }
        return .command([found] + words.dropFirst())
    }
}

extension KeySourceMessage.Kind {
    /// The kind in words.
    var inWords: String {
        switch self {
        case .file: "key file"
        case .credential: "systemd credential"
        case .command: "key command"
        case .passphrase: "passphrase"
        }
    }
}
