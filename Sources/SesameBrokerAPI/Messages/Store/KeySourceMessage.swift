public import SesameJSON

/// Where the key of the store comes from, as a person chooses it.
public enum KeySourceMessage: Sendable, Hashable {
    /// A file; `nil` for the usual place.
    case file(path: String?)
    /// A systemd service credential of this name.
    case credential(name: String)
    /// What a program prints: its absolute path, then its arguments.
    case command([String])
    /// What a person types.
    case passphrase

    /// The kinds by the names that the configuration uses too.
    public enum Kind: String, Sendable, CaseIterable {
        case file, credential, command, passphrase
    }

    /// Which kind it is.
    public var kind: Kind {
        switch self {
        case .file: .file
        case .credential: .credential
        case .command: .command
        case .passphrase: .passphrase
        }
    }

    /// Reads a source; a member that its kind does not have is refused, not dropped.
    public init(json: JSON) throws(MalformedMessage) {
        let kind = try json.choice("kind", Kind.self)
        let own = ["file": "path", "credential": "name", "command": "command"][kind.rawValue]
        for other in ["path", "name", "command"] where other != own && json[other] != nil {
            throw MalformedMessage("\(other): a source of kind \(kind.rawValue) has none")
        }
        switch kind {
        case .file: self = .file(path: try json.optionalText("path"))
        case .credential: self = .credential(name: try json.text("name"))
        case .command:
            let words = try json.texts("command")
            guard !words.isEmpty else { throw MalformedMessage("command: a program is missing") }
            self = .command(words)
        case .passphrase: self = .passphrase
        }
    }

    /// The source as JSON.
    public var json: JSONValue {
        var members: [(String, JSONValue)] = [("kind", .string(kind.rawValue))]
        switch self {
        case .file(let path):
            if let path { members.append(("path", .string(path))) }
        case .credential(let name): members.append(("name", .string(name)))
        case .command(let words): members.append(("command", .texts(words)))
        case .passphrase: break
        }
        return .object(members)
    }
}
