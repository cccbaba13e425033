import SesameHTTP
import SesameSecrets

/// The head of an HTTP/1.1 answer as the broker writes it; anything looser is refused.
struct AnswerHead: Equatable {
    /// The status code.
    let status: Int
    /// Bytes of content that follow.
    let contentLength: Int
    /// Whether the broker closes the connection behind this answer.
    let closes: Bool

    /// The most bytes a head may have.
    static let limit = 16_384

    /// Where the head ends in what was received; `nil` while it is incomplete.
    static func end(in bytes: Span<UInt8>) -> Int? {
        let mark: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        guard bytes.count >= mark.count else { return nil }
        return (0...(bytes.count - mark.count)).first { start in
            mark.indices.allSatisfy { bytes[start + $0] == mark[$0] }
        }.map { $0 + mark.count }
    }

    /// Reads a head, its last empty line included; `nil` when it is not as strict as our own server's.
    init?(_ text: String) {
        guard text.hasSuffix("\r\n\r\n") else { return nil }
        // Unicode makes CR LF one character, so lines are cut in bytes.
        let lines = text.utf8.dropLast(4).split(separator: 0x0A, omittingEmptySubsequences: false)
        guard let first = lines.first, let status = Self.status(of: Substring(first)) else {
            return nil
        }
        var fields = HTTPFields()
        for (index, line) in lines.enumerated() {
            let isLast = index == lines.count - 1
            guard isLast || line.last == 0x0D else { return nil }
            if index == 0 { continue }
            guard let field = Self.field(Substring(isLast ? line : line.dropLast())) else {
                return nil
            }
            fields.append(field.name, field.value)
        }
        guard fields.firstMalformed == nil, !fields.contains("Transfer-Encoding"),
            let length = Self.length(fields, status: status)
        else { return nil }
        self.status = status
        contentLength = length
        closes = fields.values("Connection").contains { equalIgnoringCase($0, "close") }
    }

    private static func status(of line: Substring) -> Int? {
        guard line.hasPrefix("HTTP/1.1 ") else { return nil }
        let rest = line.utf8.dropFirst(9)
        let digits = rest.prefix(3)
        guard digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }),
            rest.count == 3 || rest.dropFirst(3).first == 0x20 || rest.dropFirst(3).first == 0x0D,
            let status = Int(String(Substring(digits))), (200...599).contains(status)
        else { return nil }
        return status
    }

    private static func field(_ line: Substring) -> (name: String, value: String)? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let value = line[line.index(after: colon)...]
        return (String(line[..<colon]), value.trimmingBlanks())
    }

    private static func length(_ fields: HTTPFields, status: Int) -> Int? {
        let values = fields.values("Content-Length")
        if values.isEmpty { return status == 204 ? 0 : nil }
        guard values.count == 1, (1...9).contains(values[0].utf8.count),
            values[0].utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int(values[0])
    }
}

extension Substring {
    fileprivate func trimmingBlanks() -> String {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        let start = drop(while: isBlank)
        guard let last = start.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(start[...last])
    }
}
