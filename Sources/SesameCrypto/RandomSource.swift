import COpenSSL
public import SesameSecrets

/// Where random bytes come from: OpenSSL's generator, or a test's seed.
public protocol RandomSource: Sendable {
    /// `count` bytes that nobody can guess.
    func bytes(_ count: Int) -> Secret
}

/// OpenSSL's private generator (`RAND_priv_bytes`).
public struct SystemRandom: RandomSource {
    /// Makes the source; it has no state.
    public init() {}

    /// Random bytes.
    ///
    /// Without entropy nothing here is safe, so a failure ends the process.
    public func bytes(_ count: Int) -> Secret {
        var buffer = SecretBuffer(capacity: count)
        unsafe buffer.appendUnsafely(capacity: count) { room in
            unsafe RAND_priv_bytes_ex(
                LibraryContext.lasting, room.baseAddress?.assumingMemoryBound(to: UInt8.self),
                room.count, 0) == 1
                ? room.count : 0
        }
        precondition(buffer.count == count, "OpenSSL's random generator failed")
        return Secret(buffer)
    }
}
