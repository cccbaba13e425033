/// The value of a number of JSON's spelling, where it is whole and fits.
///
/// By its digits: by way of a floating-point number, 9007199254740993.0 would become another one.
func wholeNumber(_ text: String) -> Int64? {
    if let value = Int64(text) { return value }
    let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) {
        $0 == "e" || $0 == "E"
    }
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count + mantissa.count > 2 else { return nil }
    let fraction = mantissa.count > 1 ? mantissa[1] : ""
    var digits = String(mantissa[0] + fraction)
    let zeros = digits.reversed().prefix { $0 == "0" }.count
    digits.removeLast(zeros)
    // Nothing but zeros, whatever the exponent.
    guard digits.contains(where: { $0 != "-" && $0 != "0" }) else { return 0 }
    guard let exponent = parts.count > 1 ? Int32(parts[1]) : 0 else { return nil }
    // Neither the digits nor the exponent can come near the end of an `Int`.
    let scale = Int(exponent) - fraction.utf8.count + zeros
    guard (0...18).contains(scale) else { return nil }
    return Int64(digits + String(repeating: "0", count: scale))
}
