public import SesameSecrets

/// AES-256-GCM (NIST SP 800-38D) with 96-bit nonces and 128-bit tags.
///
/// Not key-committing by itself: who stores sealed bytes stores a commitment beside them.
public enum AES256GCM {
    /// Bytes of a key.
    public static let keyLength = AEADCipher.keyLength
    /// Bytes of a nonce.
    ///
    /// One nonce is never used twice with one key.
    public static let nonceLength = AEADCipher.nonceLength
    /// Bytes that sealing adds.
    public static let tagLength = AEADCipher.tagLength

    /// Encrypts, and appends the tag to the ciphertext.
    /// - Throws: ``CryptoError`` for impossible lengths.
    public static func seal(
        _ plaintext: Span<UInt8>, key: Secret, nonce: Span<UInt8>, associatedData: Span<UInt8>
    ) throws(CryptoError) -> [UInt8] {
        try AEADCipher.aes256GCM.seal(
            plaintext, key: key, nonce: nonce, associatedData: associatedData)
    }

    /// Checks the tag and decrypts; nothing of the plaintext is handed out before the tag was right.
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/notAuthentic``.
    public static func open(
        _ sealed: Span<UInt8>, key: Secret, nonce: Span<UInt8>, associatedData: Span<UInt8>
    ) throws(CryptoError) -> Secret {
        try AEADCipher.aes256GCM.open(
            sealed, key: key, nonce: nonce, associatedData: associatedData)
    }
}
