import SesameHTTP

/// One challenge of a `WWW-Authenticate` field (RFC 9110, section 11.6.1), of which a field may
/// hold several.
struct Challenge {
    let scheme: String
    private(set) var parameters: [(name: String, value: String)] = []

    /// The value of the parameter with that name, in whatever case.
    subscript(name: String) -> String? {
        parameters.first { equalIgnoringCase($0.name, name) }?.value
    }

    /// Reads a field as far as it makes sense.
    ///
    /// A comma separates parameters as well as challenges: a word that `=` follows is a parameter,
    /// any other begins a challenge. What has no scheme is passed over.
    static func all(in field: String) -> [Challenge] {
        var scanner = FieldScanner(bytes: Array(field.utf8.prefix(maximumBytes)))
        var found: [Challenge] = []
        while let word = scanner.nextWord() {
            if let value = scanner.valueAfterEquals() {
                if !found.isEmpty { found[found.count - 1].parameters.append((word, value)) }
            } else {
                found.append(Challenge(scheme: word))
            }
        }
        return found
    }

    private init(scheme: String) {
        self.scheme = scheme
    }
}

private struct FieldScanner {
    let bytes: [UInt8]
    var position = 0

    /// The next token; whatever lies before it is skipped.
    mutating func nextWord() -> String? {
        while position < bytes.count, !isTokenCharacter(bytes[position]) {
            if bytes[position] == UInt8(ascii: "\"") { _ = quoted() } else { position += 1 }
        }
        let start = position
        while position < bytes.count, isTokenCharacter(bytes[position]) { position += 1 }
        return start == position ? nil : String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// The value, bare or quoted, when `=` comes next.
    mutating func valueAfterEquals() -> String? {
        var ahead = position
        while ahead < bytes.count, bytes[ahead] == 0x20 || bytes[ahead] == 0x09 { ahead += 1 }
        guard ahead < bytes.count, bytes[ahead] == UInt8(ascii: "=") else { return nil }
        position = ahead + 1
        while position < bytes.count, bytes[position] == 0x20 { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") { return quoted() }
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: ","), bytes[position] != 0x20
        {
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func quoted() -> String {
        position += 1
        var out: [UInt8] = []
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            if bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count { position += 1 }
            out.append(bytes[position])
            position += 1
        }
        position += 1
        return String(decoding: out, as: UTF8.self)
    }
}

private let maximumBytes = 8192
