/// An absolute `http` or `https` URL, parsed strictly (RFC 3986) and always written the same way.
///
/// What parsers disagree about is refused: userinfo, backslashes, control characters, blanks,
/// non-ASCII, an empty host, a port that is no number.
public struct HTTPURL: Hashable, Sendable {
    /// The scheme.
    public enum Scheme: String, Hashable, Sendable {
        /// Without TLS.
        case http
        /// With TLS.
        case https

        var defaultPort: UInt16 { self == .https ? 443 : 80 }
    }

    /// The scheme.
    public let scheme: Scheme
    /// The host in lower case; an IPv6 literal keeps its brackets.
    public let host: String
    /// The port, also where it was left out.
    ///
    /// A redirect URI with port 0 asks for any free one.
    public let port: UInt16
    /// The path, percent-encoded as given; `/` when it was empty.
    public var path: String
    /// The query without `?`, percent-encoded as given.
    public var query: String?
    /// The fragment without `#`.
    public let fragment: String?

    /// Parses a URL; `nil` when anything about it is not as strict as above.
    public init?(_ text: String) {
        guard text.utf8.count <= 16_384, text.utf8.allSatisfy(isURLByte) else { return nil }
        // All of it is ASCII: bytes are compared, which is quicker by far than characters.
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")),
            let scheme = Scheme(rawValue: text[..<colon].lowercased()),
            text.utf8[colon...].starts(with: "://".utf8)
        else { return nil }
        var rest = text[text.index(colon, offsetBy: 3)...]
        fragment = Self.cut(UInt8(ascii: "#"), from: &rest)
        query = Self.cut(UInt8(ascii: "?"), from: &rest)
        let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        guard let authority = Authority(rest[..<slash], defaultPort: scheme.defaultPort),
            isWellEncoded(rest[slash...]), isWellEncoded(query ?? ""), isWellEncoded(fragment ?? "")
        else { return nil }
        self.scheme = scheme
        host = authority.host
        port = authority.port
        path = slash == rest.endIndex ? "/" : String(rest[slash...])
    }

    /// Scheme, host and port: what a credential is bound to.
    public var origin: String {
        "\(scheme.rawValue)://\(host)" + (port == scheme.defaultPort ? "" : ":\(port)")
    }

    /// Host and port as they stand in a `Host` field.
    public var authority: String { host + (port == scheme.defaultPort ? "" : ":\(port)") }

    /// Whether the host is this machine by name or literal: `localhost`, 127.0.0.0/8, `[::1]`.
    public var isLoopback: Bool {
        guard let first = host.utf8.first, "l[1".utf8.contains(first) else { return false }
        if host == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Whether what goes there is protected: `https`, or a host that is this machine.
    public var isSecure: Bool { scheme == .https || isLoopback }

    /// A URL below this one: `suffix` is put behind the path, whose trailing slash is dropped.
    public func appending(path suffix: String) -> HTTPURL {
        var copy = self
        let base = path.hasSuffix("/") ? String(path.dropLast()) : path
        copy.path = base + (suffix.hasPrefix("/") ? suffix : "/" + suffix)
        return copy
    }

    /// This URL with parameters behind its query, which is kept (RFC 6749, section 3.1).
    public func appending(query parameters: FormParameters) -> HTTPURL {
        var copy = self
        let added = parameters.encodedText
        if added.isEmpty { return copy }
        copy.query = query.map { $0.isEmpty ? added : "\($0)&\(added)" } ?? added
        return copy
    }

    private static func cut(_ mark: UInt8, from rest: inout Substring) -> String? {
        guard let index = rest.utf8.firstIndex(of: mark) else { return nil }
        defer { rest = rest[..<index] }
        return String(rest[rest.utf8.index(after: index)...])
    }
}

extension HTTPURL: CustomStringConvertible {
    /// The URL as text, without a default port.
    public var description: String {
        origin + path + (query.map { "?" + $0 } ?? "") + (fragment.map { "#" + $0 } ?? "")
    }
}

private struct Authority {
    let host: String
    let port: UInt16

    init?(_ text: Substring, defaultPort: UInt16) {
        guard !text.utf8.contains(UInt8(ascii: "@")) else { return nil }
        var name = text
        var port = defaultPort
        let isLiteral = text.utf8.first == UInt8(ascii: "[")
        let afterLiteral =
            isLiteral
            ? text.utf8.firstIndex(of: UInt8(ascii: "]")) ?? text.endIndex : text.startIndex
        if let colon = text.utf8[afterLiteral...].lastIndex(of: UInt8(ascii: ":")) {
            let digits = text[text.utf8.index(after: colon)...]
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = UInt16(digits)
            else { return nil }
            port = number
            name = text[..<colon]
        }
        guard isHost(name) else { return nil }
        host = name.lowercased()
        self.port = port
    }
}

/// A host name, an IPv4 literal, or an IPv6 literal in brackets.
private func isHost(_ text: Substring) -> Bool {
    if text.hasPrefix("[") {
        return text.hasSuffix("]") && text.utf8.count > 3
            && text.dropFirst().dropLast().utf8.allSatisfy { byte in
                isHexadecimal(byte) || byte == 0x3A || byte == 0x2E
            }
    }
    let dot = UInt8(ascii: ".")
    return !text.isEmpty && text.utf8.count <= 253 && text.utf8.first != dot
        && text.utf8.first != UInt8(ascii: "-")
        && !zip(text.utf8, text.utf8.dropFirst()).contains { $0 == dot && $1 == dot }
        && text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
            default: false
            }
        }
}

private func isURLByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7B, 0x7C, 0x7D: false
    default: (0x21...0x7E).contains(byte)
    }
}

private func isWellEncoded(_ text: some StringProtocol) -> Bool {
    guard text.utf8.contains(0x25) else { return true }
    let bytes = Array(text.utf8)
    return bytes.indices.allSatisfy { index in
        bytes[index] != 0x25
            || (index + 2 < bytes.count && isHexadecimal(bytes[index + 1])
                && isHexadecimal(bytes[index + 2]))
    }
}

func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
    default: false
    }
}
