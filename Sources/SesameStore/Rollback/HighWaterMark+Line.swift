import SesameSecrets

/// A mark in one line: `1`, the store's id in hexadecimal digits, and its counter.
///
/// It is no secret; it is only kept where secrets are.
extension HighWaterMark {
    var line: Secret { Secret(utf8: "1 \(hexadecimal(storeID)) \(counter)") }

    /// `nil` for anything that this version does not write.
    ///
    /// What cannot be read is nothing: an anchor that was hurt must not keep anybody from the store.
    init?(_ line: Secret) {
        let text = line.dangerouslyRevealedText()
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[0] == "1", let id = Self.bytes(words[1]), id.count == 16,
            let counter = Int64(words[2]), counter >= 0
        else { return nil }
        self.init(storeID: id, counter: counter)
        // One spelling only: `+7` and `007` are read as numbers, too.
        guard self.line.equals(line) else { return nil }
    }

    private static func bytes(_ digits: Substring) -> [UInt8]? {
        let values = digits.utf8.compactMap { digit -> UInt8? in
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
            default: nil
            }
        }
        guard values.count == digits.utf8.count, values.count % 2 == 0 else { return nil }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}
