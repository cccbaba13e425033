import SesameSecrets

/// One wrapping of the file key: a line of arguments and a body.
struct Stanza: Sendable, Equatable {
    /// What the format calls the type is the first; at least one, none of them empty.
    let arguments: [String]
    let body: [UInt8]

    var type: String { arguments[0] }

    /// The lines of the header, the last one ended.
    var text: String {
        var lines = "-> " + arguments.joined(separator: " ") + "\n"
        let encoded = Array(Base64.encodeUnpadded(body.span).utf8)
        var start = 0
        // The last line is always shorter than the others, and may be empty.
        while start <= encoded.count {
            let end = min(start + Self.lineLength, encoded.count)
            lines += String(copying: encoded.span.extracting(start..<end)) + "\n"
            if end - start < Self.lineLength { break }
            start = end
        }
        return lines
    }

    /// Characters of a full line of a body.
    static let lineLength = 64
}
