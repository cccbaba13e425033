import COpenSSL
public import SesameSecrets

/// Agreement on a shared secret over Curve25519 (RFC 7748).
public enum X25519 {
    /// Bytes of a private key, a public key and a shared secret.
    public static let keyLength = 32

    /// The public key of a private one.
    /// - Throws: ``CryptoError`` for a private key that is not 32 bytes long.
    public static func publicKey(of privateKey: Secret) throws(CryptoError) -> [UInt8] {
        try privateKey.withBytes { bytes throws(CryptoError) in
            try KeyHandle(bytes, isPrivate: true).publicBytes()
        }
    }

    /// What two parties share: my private key and their public one.
    /// - Throws: ``CryptoError``, with ``CryptoError/Code/smallOrder`` where the secret would be
    ///   all zeros: then anybody knows it (RFC 7748, section 6.1).
    public static func sharedSecret(
        _ privateKey: Secret, with publicKey: Span<UInt8>
    ) throws(CryptoError) -> Secret {
        try privateKey.withBytes { mine throws(CryptoError) in
            try KeyHandle(mine, isPrivate: true)
                .agree(with: KeyHandle(publicKey, isPrivate: false))
        }
    }
}

/// A key in OpenSSL's keeping, which wipes it when freed.
@safe private struct KeyHandle: ~Copyable {
    private let key: OpaquePointer

    init(_ bytes: Span<UInt8>, isPrivate: Bool) throws(CryptoError) {
        guard bytes.count == X25519.keyLength else { throw CryptoError(.badLength) }
        let made = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe isPrivate
                ? EVP_PKEY_new_raw_private_key_ex(
                    LibraryContext.lasting, "X25519", nil, bytes.baseAddress, bytes.count)
                : EVP_PKEY_new_raw_public_key_ex(
                    LibraryContext.lasting, "X25519", nil, bytes.baseAddress, bytes.count)
        }
        guard let made = unsafe made else { throw CryptoError(.failed) }
        unsafe key = made
    }

    deinit { unsafe EVP_PKEY_free(key) }

    func publicBytes() throws(CryptoError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: X25519.keyLength)
        var count = bytes.count
        guard unsafe EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1,
            count == X25519.keyLength
        else { throw CryptoError(.failed) }
        return bytes
    }

    func agree(with theirs: borrowing KeyHandle) throws(CryptoError) -> Secret {
        guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(LibraryContext.lasting, key, nil)
        else {
            throw CryptoError(.failed)
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_derive_init(context) == 1,
            unsafe EVP_PKEY_derive_set_peer(context, theirs.key) == 1
        else { throw CryptoError(.failed) }
        var shared = SecretBuffer(capacity: X25519.keyLength)
        unsafe shared.appendUnsafely(capacity: X25519.keyLength) { room in
            var count = room.count
            let start = unsafe room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return unsafe EVP_PKEY_derive(context, start, &count) == 1 ? count : 0
        }
        // OpenSSL refuses a secret of zeros by itself; a version that did not is caught all the same.
        let isSound = shared.withBytes { bytes in
            bytes.count == X25519.keyLength && bytes.indices.contains { bytes[$0] != 0 }
        }
        guard isSound else { throw CryptoError(.smallOrder) }
        return Secret(shared)
    }
}
