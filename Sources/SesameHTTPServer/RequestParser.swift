import SesameHTTP
import SesameSecrets

/// The head of a request: its request line and fields.
struct RequestHead: Sendable {
    let method: String
    let path: String
    let query: String?
    let fields: HTTPFields
    /// Bytes of the head itself, the empty line included.
    let length: Int
    /// How the content behind it is framed.
    let framing: Framing
    /// The client will send nothing more on this connection.
    let closesConnection: Bool
    /// The client sends the content once it is told to.
    let expectsContinue: Bool
    /// It is of HTTP/1.0, which knows no chunks.
    let isOld: Bool

    /// How a content is framed.
    enum Framing: Sendable, Equatable {
        case length(Int)
        case chunked
    }

    /// Bytes of content; `nil` where only the content itself will tell.
    var contentLength: Int? { if case .length(let length) = framing { length } else { nil } }
}

/// What the bytes received so far mean.
enum Parsed: Sendable {
    /// Nothing wrong yet, but the head is not complete.
    case incomplete
    /// The answer has this status and the connection ends: what follows cannot be trusted.
    case refused(status: Int)
    /// The head is complete; its content need not be.
    case head(RequestHead)
}

/// Reads the head of a request (RFC 9112) more strictly than the RFC asks for.
///
/// Everything that two programs could read in two ways is refused instead of repaired: bare line
/// feeds, folded lines, blanks before a colon, repeated `Host` or `Content-Length`, any
/// `Transfer-Encoding` but `chunked` where contents are streams. The function is pure: the same bytes always give the same result.
func parse(_ bytes: Span<UInt8>, limits: ServerLimits) -> Parsed {
    var reader = HeadReader(limits: limits)
    do throws(HeadRefusal) {
        return try reader.read(bytes)
    } catch {
        return .refused(status: error.status)
    }
}

private struct HeadRefusal: Error {
    let status: Int
    static let malformed = HeadRefusal(status: 400)
    static let tooLarge = HeadRefusal(status: 431)
}

private struct HeadReader {
    let limits: ServerLimits
    var fields = HTTPFields()
    var isOld = false

    mutating func read(_ bytes: Span<UInt8>) throws(HeadRefusal) -> Parsed {
        guard let first = try line(in: bytes, from: 0) else {
            try checkBeginning(of: bytes)
            return .incomplete
        }
        let (method, target) = try requestLine(bytes, first)
        var start = first.upperBound + 2
        while let range = try line(in: bytes, from: start) {
            start = range.upperBound + 2
            if range.isEmpty { return .head(try head(method, target, length: start)) }
            guard fields.all.count < limits.fields else { throw .tooLarge }
            try readField(bytes, range)
        }
        return .incomplete
    }

    /// The line that begins at `start`, without its end; `nil` when its end has not arrived.
    private func line(in bytes: Span<UInt8>, from start: Int) throws(HeadRefusal) -> Range<Int>? {
        var index = start
        while index < bytes.count {
            guard index < limits.headBytes else { throw .tooLarge }
            switch bytes[index] {
            case 0x0D:
                guard index + 1 < bytes.count else { return nil }
                guard bytes[index + 1] == 0x0A else { throw .malformed }
                return start..<index
            case 0x09, 0x20...0x7E, 0x80...: index += 1
            default: throw .malformed
            }
        }
        return nil
    }

    /// Refuses what can never become a request, such as a TLS hello, without waiting for a line end.
    private func checkBeginning(of bytes: Span<UInt8>) throws(HeadRefusal) {
        for index in 0..<min(bytes.count, 32) where !isTokenCharacter(bytes[index]) {
            guard index > 0, bytes[index] == 0x20 else { throw .malformed }
            return
        }
    }

    private mutating func requestLine(
        _ bytes: Span<UInt8>, _ line: Range<Int>
    ) throws(HeadRefusal) -> (method: String, target: String) {
        guard let firstBlank = line.first(where: { bytes[$0] == 0x20 }),
            let lastBlank = line.last(where: { bytes[$0] == 0x20 }), firstBlank < lastBlank
        else { throw .malformed }
        let method = line.lowerBound..<firstBlank
        let target = (firstBlank + 1)..<lastBlank
        let version = String(copying: bytes.extracting((lastBlank + 1)..<line.upperBound))
        guard (1...32).contains(method.count), method.allSatisfy({ isTokenCharacter(bytes[$0]) }),
            !target.isEmpty,
            limits.takesStreams || bytes[target.lowerBound] == UInt8(ascii: "/"),
            target.allSatisfy({
                (0x21...0x7E).contains(bytes[$0]) && bytes[$0] != UInt8(ascii: "#")
            })
        else { throw .malformed }
        isOld = limits.takesStreams && version == "HTTP/1.0"
        if version != "HTTP/1.1", !isOld {
            throw HeadRefusal(status: isOtherVersion(version) ? 505 : 400)
        }
        return (
            String(copying: bytes.extracting(method)), String(copying: bytes.extracting(target))
        )
    }

    private mutating func readField(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(HeadRefusal) {
        guard let colon = line.first(where: { bytes[$0] == UInt8(ascii: ":") }),
            colon > line.lowerBound,
            (line.lowerBound..<colon).allSatisfy({ isTokenCharacter(bytes[$0]) })
        else { throw .malformed }
        var value = (colon + 1)..<line.upperBound
        while let first = value.first, isBlank(bytes[first]) {
            value = (first + 1)..<value.upperBound
        }
        while let last = value.last, isBlank(bytes[last]) { value = value.lowerBound..<last }
        fields.append(
            String(copying: bytes.extracting(line.lowerBound..<colon)),
            String(copying: bytes.extracting(value)))
    }

    private func head(
        _ method: String, _ target: String, length: Int
    ) throws(HeadRefusal) -> RequestHead {
        guard let host = fields["Host"], isHostField(host) else { throw .malformed }
        let framing = try framing()
        let expectsContinue = try expectsContinue()
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        return RequestHead(
            method: method, path: mark.map { String(target[..<$0]) } ?? target,
            query: mark.map { String(target[target.utf8.index(after: $0)...]) }, fields: fields,
            length: length, framing: framing,
            closesConnection: isOld || fields.values("Connection").contains(where: hasCloseOption),
            expectsContinue: expectsContinue, isOld: isOld)
    }

    /// Two voices about the length are refused (RFC 9112, section 6.1), and so are chunks of HTTP/1.0.
    private func framing() throws(HeadRefusal) -> RequestHead.Framing {
        guard fields.contains("Transfer-Encoding") else { return .length(try contentLength()) }
        guard limits.takesStreams else { throw HeadRefusal(status: 501) }
        guard !fields.contains("Content-Length"), !isOld,
            let coding = fields["Transfer-Encoding"]
        else { throw .malformed }
        guard equalIgnoringCase(coding, "chunked") else { throw HeadRefusal(status: 501) }
        return .chunked
    }

    private func expectsContinue() throws(HeadRefusal) -> Bool {
        guard fields.contains("Expect") else { return false }
        guard limits.takesStreams, let expected = fields["Expect"],
            equalIgnoringCase(expected, "100-continue")
        else { throw HeadRefusal(status: 417) }
        // A client of HTTP/1.0 does not know the interim answer (RFC 9110, section 10.1.1).
        return !isOld
    }

    /// RFC 9112, section 6.3; two fields are refused even where they agree.
    private func contentLength() throws(HeadRefusal) -> Int {
        guard fields.contains("Content-Length") else { return 0 }
        guard let text = fields["Content-Length"], (1...18).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text)
        else { throw .malformed }
        guard limits.takesStreams || length <= limits.bodyBytes else {
            throw HeadRefusal(status: 413)
        }
        return length
    }
}

private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

private func isOtherVersion(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.count == 8 && text.hasPrefix("HTTP/") && bytes[6] == UInt8(ascii: ".")
        && (0x30...0x39).contains(bytes[5]) && (0x30...0x39).contains(bytes[7])
}

/// Host, perhaps with a port: what may stand in a `Host` field, not whether it is ours.
private func isHostField(_ text: String) -> Bool {
    !text.isEmpty
        && text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            case 0x2D, 0x2E, 0x3A, 0x5B, 0x5D, 0x5F, 0x25: true
            default: false
            }
        }
}

private func hasCloseOption(_ value: String) -> Bool {
    value.split(separator: ",").contains { option in
        equalIgnoringCase(String(option.filter { $0 != " " && $0 != "\t" }), "close")
    }
}
