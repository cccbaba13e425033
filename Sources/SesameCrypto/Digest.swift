import COpenSSL
public import SesameSecrets

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    /// The 32-byte digest.
    public static func digest(_ message: Span<UInt8>) -> Secret {
        fixedDigest("SHA256", 32, of: message)
    }
}

/// SHA-512 (FIPS 180-4).
public enum SHA512 {
    /// The 64-byte digest.
    public static func digest(_ message: Span<UInt8>) -> Secret {
        fixedDigest("SHA512", 64, of: message)
    }
}

private func fixedDigest(_ name: String, _ size: Int, of message: Span<UInt8>) -> Secret {
    var out = SecretBuffer(capacity: size)
    unsafe out.appendUnsafely(capacity: size) { room in
        unsafe message.withUnsafeBufferPointer { bytes in
            var length = 0
            let isDone = unsafe EVP_Q_digest(
                LibraryContext.lasting, name, nil, bytes.baseAddress, bytes.count,
                room.baseAddress?.assumingMemoryBound(to: UInt8.self), &length)
            return isDone == 1 ? length : 0
        }
    }
    precondition(out.count == size, "OpenSSL lacks a digest")
    return Secret(out)
}
