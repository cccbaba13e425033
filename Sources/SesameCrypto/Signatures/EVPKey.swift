import COpenSSL
import SesameSecrets

/// A key in OpenSSL's keeping, which wipes it when freed.
///
/// It is of a kind and a size that are allowed, whoever has made it.
@safe final class EVPKey: @unchecked Sendable {
    // Never changed after it was made; OpenSSL lets any number of threads use such a key.
    let pointer: OpaquePointer
    let kind: KeyKind

    /// Takes over a key, and judges it.
    /// - Throws: ``CryptoError`` with `unsupportedKey` or `weakKey`.
    init(owning pointer: OpaquePointer) throws(CryptoError) {
        do throws(CryptoError) {
            kind = try unsafe judge(pointer)
        } catch {
            unsafe EVP_PKEY_free(pointer)
            throw error
        }
        unsafe self.pointer = pointer
    }

    deinit { unsafe EVP_PKEY_free(pointer) }

    /// A public number.
    /// - Parameter length: how many bytes it has; `nil` for as many as it takes.
    func number(_ name: String, length: Int? = nil) throws(CryptoError) -> [UInt8] {
        try secretNumber(name, length: length).dangerouslyRevealedBytes()
    }

    /// A number of the private key.
    func secretNumber(_ name: String, length: Int? = nil) throws(CryptoError) -> Secret {
        var found = unsafe BN_secure_new()
        defer { unsafe BN_clear_free(found) }
        guard unsafe EVP_PKEY_get_bn_param(pointer, name, &found) == 1 else {
            throw CryptoError(.failed)
        }
        let count = unsafe length ?? (Int(BN_num_bits(found)) + 7) / 8
        var out = SecretBuffer(capacity: count)
        unsafe out.appendUnsafely(capacity: count) { room in
            let start = unsafe room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return Int(unsafe BN_bn2binpad(found, start, Int32(count)))
        }
        guard out.count == count else { throw CryptoError(.failed) }
        return Secret(out)
    }

    /// The 32 bytes of an Ed25519 key, public or private.
    func rawBytes(isPrivate: Bool) throws(CryptoError) -> Secret {
        var out = SecretBuffer(capacity: 32)
        unsafe out.appendUnsafely(capacity: 32) { room in
            let start = unsafe room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            var count = room.count
            let code =
                unsafe isPrivate
                ? EVP_PKEY_get_raw_private_key(pointer, start, &count)
                : EVP_PKEY_get_raw_public_key(pointer, start, &count)
            return code == 1 ? count : 0
        }
        guard out.count == 32 else { throw CryptoError(.failed) }
        return Secret(out)
    }

    func publicParts() throws(CryptoError) -> PublicKeyParts {
        switch kind {
        case .p256: .p256(x: try number("qx", length: 32), y: try number("qy", length: 32))
        case .ed25519: .ed25519(x: try rawBytes(isPrivate: false).dangerouslyRevealedBytes())
        case .rsa: .rsa(n: try number("n"), e: try number("e"))
        }
    }
}

private func judge(_ key: OpaquePointer) throws(CryptoError) -> KeyKind {
    if unsafe EVP_PKEY_is_a(key, "ED25519") == 1 { return .ed25519 }
    if unsafe EVP_PKEY_is_a(key, "EC") == 1 {
        guard unsafe isOnP256(key) else { throw CryptoError(.unsupportedKey) }
        return .p256
    }
    // Not "RSA-PSS": keys that are bound to one padding say which in ways that nobody here reads.
    guard unsafe EVP_PKEY_is_a(key, "RSA") == 1 else { throw CryptoError(.unsupportedKey) }
    let bits = unsafe EVP_PKEY_get_bits(key)
    guard bits <= KeyKind.mostRSABits else { throw CryptoError(.unsupportedKey) }
    guard bits >= KeyKind.fewestRSABits, unsafe hasSoundExponent(key) else {
        throw CryptoError(.weakKey)
    }
    return .rsa
}

private func isOnP256(_ key: OpaquePointer) -> Bool {
    var name = [CChar](repeating: 0, count: 32)
    var length = 0
    guard unsafe EVP_PKEY_get_group_name(key, &name, name.count, &length) == 1 else { return false }
    return name.prefix(length).elementsEqual("prime256v1".utf8.map { CChar(bitPattern: $0) })
}

/// Odd, more than 1, and of at most 64 bits: a longer one only makes work (FIPS 186-5, appendix A.1.1
/// allows 256).
private func hasSoundExponent(_ key: OpaquePointer) -> Bool {
    var exponent: OpaquePointer?
    defer { unsafe BN_free(exponent) }
    guard unsafe EVP_PKEY_get_bn_param(key, "e", &exponent) == 1 else { return false }
    return unsafe BN_is_odd(exponent) == 1 && BN_is_one(exponent) == 0
        && BN_num_bits(exponent) <= 64
}
