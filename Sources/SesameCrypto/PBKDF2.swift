import COpenSSL
package import SesameSecrets

/// Derivation of a key from a password with HMAC-SHA-256 (RFC 8018, section 5.2).
///
/// It is here to read what other programs have sealed; nothing of ours is sealed with it.
package enum PBKDF2 {
    /// Iterations that are worked through at the most: some seconds.
    ///
    /// The number comes from files that an enemy may have written.
    package static let mostIterations: Int64 = 10_000_000

    /// Stretches a password to 32 bytes; it blocks the thread meanwhile.
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/badLength`` for a number of iterations that is not from 1 to
    ///   ``mostIterations``.
    package static func sha256(
        _ password: Secret, salt: Span<UInt8>, iterations: Int64
    ) throws(CryptoError) -> Secret {
        guard (1...mostIterations).contains(iterations), password.count <= 1 << 20,
            salt.count <= 1 << 10
        else { throw CryptoError(.badLength) }
        var out = SecretBuffer(capacity: 32)
        unsafe out.appendUnsafely(capacity: 32) { room in
            password.withBytes { password in
                unsafe stretch(password, salt, Int32(iterations), into: room) ? room.count : 0
            }
        }
        guard out.count == 32 else { throw CryptoError(.failed) }
        return Secret(out)
    }
}

private func stretch(
    _ password: Span<UInt8>, _ salt: Span<UInt8>, _ iterations: Int32,
    into room: UnsafeMutableRawBufferPointer
) -> Bool {
    unsafe password.withUnsafeBufferPointer { password in
        unsafe salt.withUnsafeBufferPointer { salt in
            // An empty array may have no address, which OpenSSL takes for "no password was given".
            let start =
                unsafe UnsafeRawPointer(password.baseAddress) ?? UnsafeRawPointer(room.baseAddress)
            let digest = unsafe EVP_MD_fetch(LibraryContext.lasting, "SHA256", nil)
            defer { unsafe EVP_MD_free(digest) }
            return unsafe PKCS5_PBKDF2_HMAC(
                start?.assumingMemoryBound(to: CChar.self), Int32(password.count),
                salt.baseAddress, Int32(salt.count), iterations, digest, Int32(room.count),
                room.baseAddress?.assumingMemoryBound(to: UInt8.self)) == 1
        }
    }
}
