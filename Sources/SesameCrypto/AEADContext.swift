import COpenSSL
import SesameSecrets

/// A sealing cipher of OpenSSL; here all have keys of 32 bytes, nonces of 12 and tags of 16.
@safe struct AEADCipher: @unchecked Sendable {
    static let keyLength = 32
    static let nonceLength = 12
    static let tagLength = 16

    // Fetched once for the life of the process: a fetch costs a third of a sealing.
    static let aes256GCM = unsafe AEADCipher(
        EVP_CIPHER_fetch(LibraryContext.lasting, "AES-256-GCM", nil))
    static let chaCha20Poly1305 = unsafe AEADCipher(
        EVP_CIPHER_fetch(LibraryContext.lasting, "ChaCha20-Poly1305", nil))

    fileprivate let algorithm: OpaquePointer?

    private init(_ algorithm: OpaquePointer?) {
        unsafe self.algorithm = algorithm
    }

    /// Encrypts, and appends the tag to the ciphertext.
    func seal(
        _ plaintext: Span<UInt8>, key: Secret, nonce: Span<UInt8>, associatedData: Span<UInt8>
    ) throws(CryptoError) -> [UInt8] {
        let context = try AEADContext.ready(self, key: key, nonce: nonce, encrypts: true)
        try context.authenticate(associatedData)
        let length = plaintext.count
        var failure: CryptoError?
        let sealed = unsafe [UInt8](unsafeUninitializedCapacity: length + Self.tagLength) {
            room, count in
            do throws(CryptoError) {
                let all = UnsafeMutableRawBufferPointer(room)
                try unsafe context.process(plaintext, into: .init(rebasing: all[..<length]))
                guard context.finish() else { throw CryptoError(.failed) }
                try unsafe context.takeTag(
                    into: .init(rebasing: all[length..<(length + Self.tagLength)]))
                count = length + Self.tagLength
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return sealed
    }

    /// Checks the tag and decrypts; nothing of the plaintext is handed out before the tag was right.
    func open(
        _ sealed: Span<UInt8>, key: Secret, nonce: Span<UInt8>, associatedData: Span<UInt8>
    ) throws(CryptoError) -> Secret {
        guard sealed.count >= Self.tagLength else { throw CryptoError(.notAuthentic) }
        let length = sealed.count - Self.tagLength
        let context = try AEADContext.ready(self, key: key, nonce: nonce, encrypts: false)
        try context.authenticate(associatedData)
        var plaintext = SecretBuffer(capacity: length)
        var failure: CryptoError?
        unsafe plaintext.appendUnsafely(capacity: length) { room in
            do throws(CryptoError) {
                try unsafe context.process(sealed.extracting(0..<length), into: room)
                return length
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        try context.expectTag(sealed.extracting(length..<sealed.count))
        guard context.finish() else { throw CryptoError(.notAuthentic) }
        return Secret(plaintext)
    }
}

/// One sealing or opening; owns OpenSSL's context, which wipes its key when freed.
@safe private struct AEADContext: ~Copyable {
    private let context: OpaquePointer

    static func ready(
        _ cipher: AEADCipher, key: Secret, nonce: Span<UInt8>, encrypts: Bool
    ) throws(CryptoError) -> AEADContext {
        guard let raw = unsafe EVP_CIPHER_CTX_new() else { throw CryptoError(.failed) }
        let context = unsafe AEADContext(owning: raw)
        try context.start(cipher, key: key, nonce: nonce, encrypts: encrypts)
        return context
    }

    private init(owning context: OpaquePointer) {
        unsafe self.context = context
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    private func start(
        _ cipher: AEADCipher, key: Secret, nonce: Span<UInt8>, encrypts: Bool
    ) throws(CryptoError) {
        guard key.count == AEADCipher.keyLength, nonce.count == AEADCipher.nonceLength else {
            throw CryptoError(.badLength)
        }
        let isReady = key.withBytes { key in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe nonce.withUnsafeBufferPointer { nonce in
                    // The default nonce length of these ciphers is the 12 bytes checked above.
                    unsafe EVP_CipherInit_ex2(
                        context, cipher.algorithm, key.baseAddress, nonce.baseAddress,
                        encrypts ? 1 : 0, nil) == 1
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

    /// Works on as many bytes as the room has.
    func process(
        _ input: Span<UInt8>, into room: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        guard let length = Int32(exactly: input.count) else { throw CryptoError(.badLength) }
        guard length > 0 else { return }
        let isDone = unsafe input.withUnsafeBufferPointer { input in
            var count: Int32 = 0
            return unsafe EVP_CipherUpdate(
                context, room.baseAddress?.assumingMemoryBound(to: UInt8.self), &count,
                input.baseAddress, length) == 1 && count == length
        }
        guard isDone else { throw CryptoError(.failed) }
    }

    func takeTag(into room: UnsafeMutableRawBufferPointer) throws(CryptoError) {
        let isDone = unsafe EVP_CIPHER_CTX_ctrl(
            context, EVP_CTRL_AEAD_GET_TAG, Int32(AEADCipher.tagLength), room.baseAddress)
        guard isDone == 1 else { throw CryptoError(.failed) }
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
