public import SesameJSON

/// How one of a profile's token files stands.
public struct FileStatus: Sendable, Hashable {
    /// The name of its section.
    public var name: String
    /// Where it is.
    public var path: String
    /// Whether the broker that was asked has put a token there.
    public var written: Bool
    /// Why it could not at the last attempt, in words.
    public var error: String?

    /// Makes a message.
    public init(name: String, path: String, written: Bool, error: String?) {
        self.name = name
        self.path = path
        self.written = written
        self.error = error
    }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        self.init(
            name: try json.text("name"), path: try json.text("path"),
            written: try json.flag("written"), error: try json.optionalText("error"))
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("name", .string(name)), ("path", .string(path)), ("written", .bool(written)),
            ("error", .optional(error)),
        ])
    }
}
