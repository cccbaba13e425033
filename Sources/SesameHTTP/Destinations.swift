/// Where a profile's credentials may be sent: origins with a path at or below which a URL must lie.
public struct Destinations: Sendable, Hashable {
    /// Why a destination was refused.
    public enum Refusal: Error, Sendable, Hashable {
        /// The text is not a URL that every parser reads the same way.
        case malformed
        /// It is neither `https` nor this machine.
        case insecure
        /// The path has an encoded slash, backslash, dot or control byte, or dots with a parameter, which servers read
        /// differently.
        case ambiguousPath
        /// No allowed destination covers it.
        case notAllowed
    }

    /// The allowed prefixes.
    public let allowed: [HTTPURL]

    /// Allows everything at or below each of these URLs.
    public init(_ allowed: [HTTPURL]) {
        self.allowed = allowed
    }

    /// The destination a text names, once its dot segments are removed, if it is allowed.
    /// - Throws: ``Refusal``.
    public func admit(_ text: String) throws(Refusal) -> HTTPURL {
        guard let url = HTTPURL(text) else { throw .malformed }
        return try admit(url)
    }

    /// The URL itself, with its dot segments removed, if it is allowed.
    /// - Throws: ``Refusal``.
    public func admit(_ url: HTTPURL) throws(Refusal) -> HTTPURL {
        guard url.fragment == nil else { throw .malformed }
        guard url.isSecure else { throw .insecure }
        guard !hasAmbiguousEscape(url.path), !hasDotsWithParameter(url.path) else {
            throw .ambiguousPath
        }
        var plain = url
        plain.path = removingDotSegments(url.path)
        guard allowed.contains(where: { covers($0, plain) }) else { throw .notAllowed }
        return plain
    }

    private func covers(_ prefix: HTTPURL, _ url: HTTPURL) -> Bool {
        guard prefix.origin == url.origin else { return false }
        let path = removingDotSegments(prefix.path)
        if path.hasSuffix("/") { return url.path.hasPrefix(path) || url.path == path.dropLast() }
        return url.path == path || url.path.hasPrefix(path + "/")
    }
}

/// An encoded `/`, `\`, `.`, `%` or control byte.
private func hasAmbiguousEscape(_ path: String) -> Bool {
    guard path.utf8.contains(0x25) else { return false }
    let bytes = Array(path.utf8)
    return bytes.indices.contains { index in
        guard bytes[index] == 0x25, index + 2 < bytes.count,
            let high = hexadecimalValue(bytes[index + 1]),
            let low = hexadecimalValue(bytes[index + 2])
        else { return false }
        let byte = high << 4 | low
        return byte < 0x20 || byte == 0x7F || [0x2F, 0x5C, 0x2E, 0x25].contains(byte)
    }
}

/// A segment such as `..;x`: some servers drop what begins with the `;`, and resolve the dots that are left.
private func hasDotsWithParameter(_ path: String) -> Bool {
    guard path.utf8.contains(0x3B) else { return false }
    return path.utf8.split(separator: 0x2F).contains { segment in
        guard let mark = segment.firstIndex(of: 0x3B) else { return false }
        return [".", ".."].contains(Substring(segment[..<mark]))
    }
}

/// RFC 3986, section 5.2.4.
func removingDotSegments(_ path: String) -> String {
    // Nearly no path has any.
    let bytes = path.utf8
    guard zip(bytes, bytes.dropFirst()).contains(where: { $0 == 0x2F && $1 == 0x2E }) else {
        return path
    }
    var kept: [Substring] = []
    let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    for (index, segment) in zip(segments.indices, segments) {
        let isLast = index == segments.endIndex - 1
        switch segment {
        case ".": if isLast { kept.append("") }
        case "..":
            _ = kept.popLast()
            if isLast { kept.append("") }
        default: kept.append(segment)
        }
    }
    return "/" + kept.joined(separator: "/")
}
