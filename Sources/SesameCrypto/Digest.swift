import COpenSSL
public import SesameSecrets

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    /// The 32-byte digest.
    public static func digest(_ message: Span<UInt8>) -> Secret {
        var out = SecretBuffer(capacity: 32)
        unsafe out.appendUnsafely(capacity: 32) { room in
            unsafe message.withUnsafeBufferPointer { bytes in
                var length = 0
                let isDone = unsafe EVP_Q_digest(
                    nil, "SHA256", nil, bytes.baseAddress, bytes.count,
                    room.baseAddress?.assumingMemoryBound(to: UInt8.self), &length)
                return isDone == 1 ? length : 0
            }
        }
        precondition(out.count == 32, "OpenSSL has no SHA-256")
        return Secret(out)
    }
}
