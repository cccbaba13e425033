import COpenSSL
public import SesameSecrets

/// AES-256-GCM (NIST SP 800-38D) with 96-bit nonces and 128-bit tags.
///
/// Not key-committing by itself: who stores sealed bytes stores a commitment beside them.
public enum AES256GCM {
    /// Bytes of a key.
    public static let keyLength = 32
    /// Bytes of a nonce.
    ///
    /// One nonce is never used twice with one key.
    public static let nonceLength = 12
    /// Bytes that sealing adds.
    public static let tagLength = 16

    /// Encrypts, and appends the tag to the ciphertext.
    /// - Throws: ``CryptoError`` for impossible lengths.
    public static func seal(
        _ plaintext: Span<UInt8>, key: Secret, nonce: Span<UInt8>, associatedData: Span<UInt8>
    ) throws(CryptoError) -> [UInt8] {
        let context = try CipherContext.ready(key: key, nonce: nonce, encrypts: true)
        try context.authenticate(associatedData)
        var ciphertext = SecretBuffer(capacity: plaintext.count + tagLength)
        try context.process(plaintext, into: &ciphertext)
        guard context.finish() else { throw CryptoError(.failed) }
        try context.appendTag(to: &ciphertext)
        return ciphertext.withBytes { bytes in bytes.indices.map { bytes[$0] } }
    }

    /// Checks the tag and decrypts; nothing of the plaintext is handed out before the tag was right.
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/notAuthentic``.
    public static func open(
        _ sealed: Span<UInt8>, key: Secret, nonce: Span<UInt8>, associatedData: Span<UInt8>
    ) throws(CryptoError) -> Secret {
        guard sealed.count >= tagLength else { throw CryptoError(.notAuthentic) }
        let length = sealed.count - tagLength
        let context = try CipherContext.ready(key: key, nonce: nonce, encrypts: false)
        try context.authenticate(associatedData)
        var plaintext = SecretBuffer(capacity: length)
        try context.process(sealed.extracting(0..<length), into: &plaintext)
        try context.expectTag(sealed.extracting(length..<sealed.count))
        guard context.finish() else { throw CryptoError(.notAuthentic) }
        return Secret(plaintext)
    }
}

/// One sealing or opening; owns OpenSSL's context, which wipes its key when freed.
@safe private struct CipherContext: ~Copyable {
    private let context: OpaquePointer

    static func ready(
        key: Secret, nonce: Span<UInt8>, encrypts: Bool
    ) throws(CryptoError) -> CipherContext {
        guard let raw = unsafe EVP_CIPHER_CTX_new() else { throw CryptoError(.failed) }
        let context = unsafe CipherContext(owning: raw)
        try context.start(key: key, nonce: nonce, encrypts: encrypts)
        return context
    }

    private init(owning context: OpaquePointer) {
        unsafe self.context = context
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    private func start(key: Secret, nonce: Span<UInt8>, encrypts: Bool) throws(CryptoError) {
        guard key.count == AES256GCM.keyLength, nonce.count == AES256GCM.nonceLength else {
            throw CryptoError(.badLength)
        }
        let isReady = key.withBytes { key in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe nonce.withUnsafeBufferPointer { nonce in
                    // The default nonce length of this cipher is the 12 bytes checked above.
                    unsafe EVP_CipherInit_ex2(
                        context, cipher, key.baseAddress, nonce.baseAddress, encrypts ? 1 : 0, nil)
                        == 1
                }
            }
        }
        guard isReady else { throw CryptoError(.failed) }
    }

    func authenticate(_ data: Span<UInt8>) throws(CryptoError) {
        guard let length = Int32(exactly: data.count) else { throw CryptoError(.badLength) }
        guard length > 0 else { return }
        let isDone = unsafe data.withUnsafeBufferPointer { data in
            var count: Int32 = 0
            return unsafe EVP_CipherUpdate(context, nil, &count, data.baseAddress, length) == 1
        }
        guard isDone else { throw CryptoError(.failed) }
    }

    func process(_ input: Span<UInt8>, into output: inout SecretBuffer) throws(CryptoError) {
        guard let length = Int32(exactly: input.count) else { throw CryptoError(.badLength) }
        guard length > 0 else { return }
        var isDone = false
        unsafe output.appendUnsafely(capacity: input.count) { room in
            unsafe input.withUnsafeBufferPointer { input in
                var count: Int32 = 0
                unsafe isDone =
                    EVP_CipherUpdate(
                        context, room.baseAddress?.assumingMemoryBound(to: UInt8.self), &count,
                        input.baseAddress, length) == 1
                return isDone ? Int(count) : 0
            }
        }
        guard isDone else { throw CryptoError(.failed) }
    }

    func appendTag(to output: inout SecretBuffer) throws(CryptoError) {
        var isDone = false
        unsafe output.appendUnsafely(capacity: AES256GCM.tagLength) { room in
            unsafe isDone =
                EVP_CIPHER_CTX_ctrl(
                    context, EVP_CTRL_AEAD_GET_TAG, Int32(room.count), room.baseAddress) == 1
            return isDone ? room.count : 0
        }
        guard isDone else { throw CryptoError(.failed) }
    }

    func expectTag(_ tag: Span<UInt8>) throws(CryptoError) {
        let isDone = unsafe tag.withUnsafeBufferPointer { tag in
            unsafe EVP_CIPHER_CTX_ctrl(
                context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count),
                UnsafeMutableRawPointer(mutating: tag.baseAddress)) == 1
        }
        guard isDone else { throw CryptoError(.failed) }
    }

    /// Whether the last step succeeded; on opening: whether the tag is right.
    func finish() -> Bool {
        var nothing: UInt8 = 0
        var count: Int32 = 0
        return unsafe EVP_CipherFinal_ex(context, &nothing, &count) == 1
    }
}

// Fetched once for the life of the process: a fetch costs a third of a sealing.
nonisolated(unsafe) private let cipher = unsafe EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
