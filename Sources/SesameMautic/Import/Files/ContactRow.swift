/// One row of a file, as it stands there.
public struct ContactRow: Sendable {
    /// A value and the column it stands in.
    public struct Value: Sendable, Hashable {
        /// The column's name.
        public let column: String
        /// The value.
        public let text: String
        /// Its parts, where the file has a list of them.
        public let elements: [String]?

        /// Makes a value.
        public init(column: String, text: String, elements: [String]? = nil) {
            self.column = column
            self.text = text
            self.elements = elements
        }
    }

    /// What is wrong with a row that cannot be read; those after it can.
    public struct Defect: Error, Sendable, Hashable {
        /// Words for a person, sanitised.
        public let message: String
        /// Whether its bytes are no text in the encoding that the file is read in.
        public var isOfEncoding = false

        /// Makes a defect.
        public init(message: String) {
            self.message = message
        }
    }

    /// Its number: the first one is 1, a header does not count.
    public let number: Int
    /// The line it begins on; the file's first is 1.
    public let line: Int
    /// Its bytes without the end of the line, in UTF-8; none where there were too many.
    public let source: [UInt8]
    /// Its values in the order of the file.
    public let content: Result<[Value], Defect>

    /// Makes a row.
    /// - Parameters:
    ///   - number: counts from 1; each row has one more than the row before.
    ///   - line: where a person finds it.
    ///   - source: what tells it from other rows, and what a file of failed rows gets.
    public init(
        number: Int, line: Int, source: [UInt8], content: Result<[Value], Defect>
    ) {
        self.number = number
        self.line = line
        self.source = source
        self.content = content
    }
}

extension ContactRow {
    /// Makes a row that stands in no file; in one of failed rows it stands with commas between the values.
    public init(number: Int, line: Int, values: [Value]) {
        let cells = values.map { csvCell($0.text) }
        self.init(
            number: number, line: line, source: Array(cells.joined(separator: ",").utf8),
            content: .success(values))
    }
}

/// A value between quotes, as it stands among others with commas (RFC 4180, section 2).
func csvCell(_ text: String) -> String {
    "\"" + text.replacing("\"", with: "\"\"") + "\""
}

/// What gives the rows of a file one by one, whatever its size.
public protocol ContactRows {
    /// The columns that every row has, as a header names them; `nil` where each row names its own.
    var header: [String]? { get }
    /// The bytes of the header, without the end of the line, in UTF-8.
    var headerSource: [UInt8] { get }
    /// How many bytes of the file have been used up.
    var bytesRead: Int64 { get }
    /// The next row; `nil` at the end.
    mutating func next() throws(ContactFileError) -> ContactRow?
}

extension ContactRows {
    /// What tells this header from others.
    public var headerChecksum: String {
        var sum = RowChecksum()
        sum.add(bytes: headerSource)
        return sum.text
    }
}

/// The most bytes of a row.
///
/// Mautic takes a few kilobytes a contact, and most servers refuse a request of more than one or two megabytes.
let maximumRowBytes = 1 << 20
