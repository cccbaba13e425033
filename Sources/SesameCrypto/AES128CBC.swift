import COpenSSL
package import SesameSecrets

/// AES-128 in CBC mode with PKCS #7 padding, for reading only.
///
/// It tells nothing about who has written the bytes: a message authentication code over them is checked before.
package enum AES128CBC {
    package static let keyLength = 16
    package static let blockLength = 16

    /// Decrypts and takes the padding away.
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/badLength`` for impossible lengths, and
    ///   ``CryptoError/Code/notAuthentic`` for a padding that is none.
    package static func open(
        _ ciphertext: Span<UInt8>, key: Secret, initialVector: Span<UInt8>
    ) throws(CryptoError) -> Secret {
        guard key.count == keyLength, initialVector.count == blockLength, !ciphertext.isEmpty,
            ciphertext.count % blockLength == 0, ciphertext.count <= 1 << 24
        else { throw CryptoError(.badLength) }
        guard let context = unsafe EVP_CIPHER_CTX_new() else { throw CryptoError(.failed) }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        var out = SecretBuffer(capacity: ciphertext.count + blockLength)
        var length: Int?
        unsafe out.appendUnsafely(capacity: ciphertext.count + blockLength) { room in
            length = key.withBytes { key in
                unsafe decrypt(context, ciphertext, key, initialVector, into: room)
            }
            return length ?? 0
        }
        guard length != nil else { throw CryptoError(.notAuthentic) }
        return Secret(out)
    }
}

/// How many bytes came out; `nil` where OpenSSL refused.
private func decrypt(
    _ context: OpaquePointer, _ ciphertext: Span<UInt8>, _ key: Span<UInt8>,
    _ vector: Span<UInt8>, into room: UnsafeMutableRawBufferPointer
) -> Int? {
    let cipher = unsafe EVP_CIPHER_fetch(LibraryContext.lasting, "AES-128-CBC", nil)
    defer { unsafe EVP_CIPHER_free(cipher) }
    return unsafe ciphertext.withUnsafeBufferPointer { ciphertext in
        unsafe key.withUnsafeBufferPointer { key in
            unsafe vector.withUnsafeBufferPointer { vector in
                let start = unsafe room.baseAddress?.assumingMemoryBound(to: UInt8.self)
                var first: Int32 = 0
                var last: Int32 = 0
                guard let start = unsafe start,
                    unsafe EVP_DecryptInit_ex2(
                        context, cipher, key.baseAddress, vector.baseAddress, nil) == 1,
                    unsafe EVP_DecryptUpdate(
                        context, start, &first, ciphertext.baseAddress, Int32(ciphertext.count))
                        == 1,
                    unsafe EVP_DecryptFinal_ex(context, start + Int(first), &last) == 1
                else { return nil }
                return Int(first) + Int(last)
            }
        }
    }
}
