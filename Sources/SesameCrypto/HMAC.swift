import COpenSSL
public import SesameSecrets

/// Message authentication codes by keyed hash (RFC 2104).
public enum HMAC {
    /// The 32-byte HMAC-SHA-256 of a message.
    public static func sha256(_ message: Span<UInt8>, key: Secret) -> Secret {
        var out = SecretBuffer(capacity: 32)
        unsafe out.appendUnsafely(capacity: 32) { room in
            key.withBytes { key in
                unsafe key.withUnsafeBufferPointer { key in
                    unsafe message.withUnsafeBufferPointer { message in
                        var length = 0
                        let code = unsafe EVP_Q_mac(
                            LibraryContext.lasting, "HMAC", nil, "SHA256", nil, key.baseAddress,
                            key.count,
                            message.baseAddress, message.count,
                            room.baseAddress?.assumingMemoryBound(to: UInt8.self), room.count,
                            &length)
                        return unsafe code == nil ? 0 : length
                    }
                }
            }
        }
        precondition(out.count == 32, "OpenSSL has no HMAC-SHA-256")
        return Secret(out)
    }
}
