import COpenSSL
public import SesameSecrets

/// Derivation of keys from a key (RFC 5869).
public enum HKDF {
    /// Extracts and expands with SHA-256.
    /// - Parameters:
    ///   - key: the input keying material; not empty.
    ///   - salt: not secret; may be empty.
    ///   - info: what the derived key is for; may be empty.
    ///   - count: bytes wanted, 8,160 at the most.
    public static func sha256(
        _ key: Secret, salt: Span<UInt8>, info: StaticString, count: Int = 32
    ) -> Secret {
        info.withUTF8Buffer { info in
            unsafe sha256(key, salt: salt, info: info.span, count: count)
        }
    }

    /// Extracts and expands with SHA-256, for an `info` that is known at run time only.
    public static func sha256(
        _ key: Secret, salt: Span<UInt8>, info: Span<UInt8>, count: Int = 32
    ) -> Secret {
        precondition(!key.isEmpty && (1...8160).contains(count), "HKDF cannot give this")
        var out = SecretBuffer(capacity: count)
        unsafe out.appendUnsafely(capacity: count) { room in
            key.withBytes { key in
                unsafe derive(into: room, key: key, salt: salt, info: info) ? count : 0
            }
        }
        precondition(out.count == count, "OpenSSL has no HKDF-SHA-256")
        return Secret(out)
    }
}

private func derive(
    into room: UnsafeMutableRawBufferPointer, key: Span<UInt8>, salt: Span<UInt8>, info: Span<UInt8>
) -> Bool {
    guard let algorithm = unsafe EVP_KDF_fetch(LibraryContext.lasting, "HKDF", nil) else {
        return false
    }
    defer { unsafe EVP_KDF_free(algorithm) }
    guard let context = unsafe EVP_KDF_CTX_new(algorithm) else { return false }
    defer { unsafe EVP_KDF_CTX_free(context) }
    // The parameters only point at names and values: everything lives until the call has returned.
    return unsafe key.withUnsafeBufferPointer { key in
        unsafe salt.withUnsafeBufferPointer { salt in
            unsafe info.withUnsafeBufferPointer { info in
                let parameters = unsafe [
                    OSSL_PARAM_construct_utf8_string(
                        parameterText("digest"), parameterText("SHA256"), 0),
                    octets("key", key), octets("salt", salt), octets("info", info),
                    OSSL_PARAM_construct_end(),
                ]
                return unsafe EVP_KDF_derive(
                    context, room.baseAddress?.assumingMemoryBound(to: UInt8.self), room.count,
                    parameters) == 1
            }
        }
    }
}

private func octets(_ name: StaticString, _ bytes: UnsafeBufferPointer<UInt8>) -> OSSL_PARAM {
    unsafe OSSL_PARAM_construct_octet_string(
        parameterText(name), UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
}
