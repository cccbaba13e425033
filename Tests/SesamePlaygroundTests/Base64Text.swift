import SesameSecrets

/// Standard Base64 of a text, for the header of a test.
enum Base64Text {
    static func encode(_ text: String) -> String {
        var out = SecretBuffer(capacity: 128)
        let bytes = Array(text.utf8)
        Base64.encode(bytes.span, into: &out)
        return out.withBytes { String(copying: $0) }
    }
}
