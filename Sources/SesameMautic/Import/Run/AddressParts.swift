extension [String] {
    /// The same in parts that have so many bytes at the most in a URL.
    func parts(urlBytes limit: Int) -> [[String]] {
        var parts: [[String]] = []
        var bytes = limit
        for text in self {
            let size = text.utf8.reduce(3) { $0 + (isUnreserved($1) ? 1 : 3) }
            bytes += size
            if bytes > limit {
                parts.append([])
                bytes = size
            }
            parts[parts.count - 1].append(text)
        }
        return parts
    }
}

/// Whether a byte stands for itself in a query (RFC 3986, section 2.3).
private func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
    default: false
    }
}
