import SesameCrypto
import SesameSecrets

/// The key of one file, 16 random bytes, which each stanza wraps in its own way.
enum FileKey {
    static let length = 16

    /// Seals it under the key of a stanza.
    static func wrap(_ fileKey: Secret, under key: Secret) throws(AgeError) -> [UInt8] {
        do throws(CryptoError) {
            return try fileKey.withBytes { bytes throws(CryptoError) in
                try ChaCha20Poly1305.seal(
                    bytes, key: key, nonce: nonce.span, associatedData: nothing.span)
            }
        } catch {
            throw .internal("wrapping the key of a file")
        }
    }

    /// Opens a stanza's body; `nil` where the key is another one.
    static func unwrap(_ body: [UInt8], under key: Secret) -> Secret? {
        try? ChaCha20Poly1305.open(
            body.span, key: key, nonce: nonce.span, associatedData: nothing.span)
    }

    /// Refuses a body of another length before anything is decrypted.
    ///
    /// Long bodies would tell several keys apart with one question (partitioning oracle).
    static func checkLength(ofBody body: [UInt8]) throws(AgeError) {
        guard body.count == length + ChaCha20Poly1305.tagLength else {
            throw .header("a wrapped key has an impossible length")
        }
    }

    // Each wrapping key is used once.
    private static let nonce = [UInt8](repeating: 0, count: ChaCha20Poly1305.nonceLength)
    private static let nothing: [UInt8] = []
}
