public import SesameJSON

/// What a look at every record of the trail has found: `POST /v1/audit/verification`.
public struct AuditVerificationMessage: Sendable, Hashable {
    /// Something that is not as it was written.
    public struct Flaw: Sendable, Hashable {
        /// The name of the file.
        public var file: String
        /// The line, from 1; `nil` where it is about no line.
        public var line: Int64?
        /// What is wrong there.
        public var reason: String

        /// Makes a flaw.
        public init(file: String, line: Int64?, reason: String) {
            self.file = file
            self.line = line
            self.reason = reason
        }
    }

    /// How many records are whole.
    public var records: Int64
    /// The number of the first one.
    public var first: Int64?
    /// The number of the last one.
    public var last: Int64?
    /// The hash of the last one.
    public var hash: String?
    /// The files, the oldest first.
    public var files: [String] = []
    /// What is wrong; a long list is cut.
    public var flaws: [Flaw] = []
    /// What the trail says of itself.
    public var notes: [String] = []
    /// Where the last record is remembered; `nil` for nowhere.
    public var anchor: String?
    /// The number of the record that is remembered there.
    public var remembered: Int64?

    /// Makes a message that knows the least.
    public init(records: Int64) {
        self.records = records
    }

    /// Whether nothing is wrong.
    public var isWhole: Bool { flaws.isEmpty }

    /// Reads a message.
    public init(json: JSON) throws(MalformedMessage) {
        records = try json.number("records")
        first = try json.optionalNumber("first")
        last = try json.optionalNumber("last")
        hash = try json.optionalText("hash")
        files = try json.texts("files")
        flaws = try json.list("flaws") { element throws(MalformedMessage) in
            Flaw(
                file: try element.text("file"), line: try element.optionalNumber("line"),
                reason: try element.text("reason"))
        }
        notes = try json.texts("notes")
        anchor = try json.optionalText("anchor")
        remembered = try json.optionalNumber("remembered")
    }

    /// The message as JSON.
    public var json: JSONValue {
        .object([
            ("whole", .bool(isWhole)), ("records", .integer(records)), ("first", .optional(first)),
            ("last", .optional(last)), ("hash", .optional(hash)), ("files", .texts(files)),
            (
                "flaws",
                .array(
                    flaws.map {
                        .object([
                            ("file", .string($0.file)), ("line", .optional($0.line)),
                            ("reason", .string($0.reason)),
                        ])
                    })
            ),
            ("notes", .texts(notes)), ("anchor", .optional(anchor)),
            ("remembered", .optional(remembered)),
        ])
    }
}
