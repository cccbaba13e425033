extension StringProtocol {
    /// The text without white space at both ends.
    package func trimmingBlanks() -> String {
        // Nearly every text, and every value of a file comes here.
        let solid: ClosedRange<Unicode.Scalar> = "!"..."~"
        if let first = unicodeScalars.first, let last = unicodeScalars.last, solid ~= first,
            solid ~= last
        {
            return String(self)
        }
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
        while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        return String(rest)
    }

    /// The text without anything that looks like an HTML tag, as Mautic stores it.
    func strippingTags() -> String {
        var out = ""
        var rest = self[...]
        while let open = rest.firstIndex(of: "<") {
            let next = rest.index(after: open)
            out += rest[..<open]
            guard next < rest.endIndex, rest[next].isLetter || "/!?".contains(rest[next]) else {
                out += "<"
                rest = rest[next...]
                continue
            }
            let close = rest[next...].firstIndex(of: ">")
            rest = close.map { rest[rest.index(after: $0)...] } ?? rest[rest.endIndex...]
        }
        return out + rest
    }

    /// The text with the character references that PHP's filters write turned back.
    func resolvingReferences() -> String {
        guard contains("&") else { return String(self) }
        var out = ""
        var rest = self[...]
        while let mark = rest.firstIndex(of: "&") {
            out += rest[..<mark]
            rest = rest[mark...]
            let found = references.first { rest.hasPrefix($0.0) }
            out += found?.1 ?? "&"
            rest = rest.dropFirst(found?.0.count ?? 1)
        }
        return out + rest
    }
}

private let references = [
    ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#38;", "&"),
    ("&#39;", "'"), ("&#039;", "'"), ("&#60;", "<"), ("&#62;", ">"),
]
