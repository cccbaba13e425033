extension String {
    /// This text made safe for a terminal or a log: text from outside passes here before it is shown.
    ///
    /// Control characters (C0, DEL, C1), bidirectional overrides, zero-width characters, line and
    /// paragraph separators become `\u{…}`; a long text is cut.
    /// - Parameter limit: the most characters to show.
    public func sanitised(limit: Int = 200) -> String {
        var out = ""
        var shown = 0
        for scalar in unicodeScalars {
            guard shown < limit else { return out + "…" }
            if scalar.isUnsafeToShow {
                out += "\\u{" + String(scalar.value, radix: 16) + "}"
            } else {
                out.unicodeScalars.append(scalar)
            }
            shown += 1
        }
        return out
    }
}

extension Unicode.Scalar {
    /// Whether it can fool a terminal or a reader: control characters, and what changes the order of others or is
    /// not seen.
    package var isUnsafeToShow: Bool {
        switch value {
        case 0x00...0x1F, 0x7F...0x9F: true
        case 0xAD, 0x061C, 0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F: true
        case 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE0FFF: true
        default: false
        }
    }
}
