/// Bytes of a hexadecimal text, for vectors.
func hex(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var digits = text.filter { !$0.isWhitespace }[...]
    while let byte = UInt8(digits.prefix(2), radix: 16) {
        bytes.append(byte)
        digits = digits.dropFirst(2)
    }
    precondition(digits.isEmpty, "no hexadecimal text")
    return bytes
}
