package import SesameHTTP
import SesameSecrets

/// The status and the fields of an answer, read line by line as libcurl hands them over.
///
/// Interim answers (1xx) are dropped, and so are the trailer fields behind chunked content, which
/// nobody may take for fields of the head (RFC 9110, section 6.5.1).
package struct ResponseHead: Sendable {
    /// What speaks against a head.
    package enum Refusal: Error, Sendable, Hashable {
        /// It breaks the grammar, or its framing is ambiguous.
        case malformed
        /// It has too many bytes or fields.
        case tooLarge

        /// The end of a sentence that begins with the server's name.
        package var words: String {
            switch self {
            case .malformed: "sent a malformed answer"
            case .tooLarge: "sent too many header fields"
            }
        }
    }

    /// The status code; 0 before the first status line.
    package private(set) var status = 0
    /// The fields of the last block.
    package private(set) var fields = HTTPFields()
    private var byteCount = 0
    /// Whether the empty line behind it was read.
    package private(set) var isComplete = false

    /// Makes a head that nothing was read of yet.
    package init() {}

    /// Reads one line with its line end.
    package mutating func read(_ line: Span<UInt8>) throws(Refusal) {
        byteCount += line.count
        guard byteCount <= 65_536 else { throw .tooLarge }
        if isComplete { return }
        let text = line.extracting(0..<lengthWithoutEnd(line))
        if text.isEmpty { return try finish() }
        if let status = try statusCode(text) {
            self.status = status
            fields = HTTPFields()
        } else {
            try append(text)
        }
    }

    /// The empty line ends a block; after an interim answer another one follows.
    private mutating func finish() throws(Refusal) {
        guard status != 0 else { throw .malformed }
        // Another protocol was not asked for, and what follows would belong to it.
        guard status != 101 else { throw .malformed }
        guard status >= 200 else { return }
        let lengths = fields.values("Content-Length")
        let codings = fields.values("Transfer-Encoding")
        guard lengths.count + codings.count <= 1 else { throw .malformed }
        if let length = lengths.first {
            let isNumber = !length.isEmpty && length.utf8.allSatisfy { (0x30...0x39).contains($0) }
            guard isNumber, Int(length) != nil else { throw .malformed }
        }
        isComplete = true
    }

    private mutating func append(_ line: Span<UInt8>) throws(Refusal) {
        guard status != 0 else { throw .malformed }
        guard fields.all.count < 200 else { throw .tooLarge }
        // A continued line (obs-fold) begins with a blank, which no field name has.
        guard let colon = line.indices.first(where: { line[$0] == 0x3A }), colon > 0,
            (0..<colon).allSatisfy({ isTokenCharacter(line[$0]) })
        else { throw .malformed }
        var start = colon + 1
        var end = line.count
        while start < end, isBlank(line[start]) { start += 1 }
        while start < end, isBlank(line[end - 1]) { end -= 1 }
        let isShowable = (start..<end).allSatisfy {
            isBlank(line[$0]) || line[$0] > 0x20 && line[$0] != 0x7F
        }
        guard isShowable else { throw .malformed }
        fields.append(
            String(copying: line.extracting(0..<colon)),
            String(copying: line.extracting(start..<end)))
    }
}

/// The code of `HTTP/1.1 200 OK`; `nil` when it is no status line.
private func statusCode(_ line: Span<UInt8>) throws(ResponseHead.Refusal) -> Int? {
    let version = Array("HTTP/".utf8)
    guard line.count >= version.count, version.indices.allSatisfy({ line[$0] == version[$0] })
    else {
        return nil
    }
    let parts = String(copying: line).split(
        separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, ["HTTP/1.1", "HTTP/1.0"].contains(parts[0]), parts[1].utf8.count == 3,
        let code = UInt16(parts[1]), (100...599).contains(code)
    else { throw .malformed }
    return Int(code)
}

private func lengthWithoutEnd(_ line: Span<UInt8>) -> Int {
    var end = line.count
    if end > 0, line[end - 1] == 0x0A { end -= 1 }
    if end > 0, line[end - 1] == 0x0D { end -= 1 }
    return end
}

private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
