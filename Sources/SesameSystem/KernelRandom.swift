import CLinux
import Glibc
package import SesameSecrets

/// Random bytes of the kernel, for a program that has no cryptographic library.
package enum KernelRandom {
    /// Bytes from getrandom(2), which waits until the kernel has gathered enough to be unpredictable.
    /// - Throws: what the kernel said, such as `ENOSYS` where a filter forbids the call.
    package static func bytes(_ count: Int) throws(SystemError) -> Secret {
        var buffer = SecretBuffer(capacity: count)
        while buffer.count < count {
            var written = 0
            unsafe buffer.appendUnsafely(capacity: count - buffer.count) { room in
                guard let start = room.baseAddress else { return 0 }
                unsafe written = Int(clinux_random(start, UInt64(room.count)))
                return written
            }
            guard written > 0 || errno == EINTR else { throw SystemError("asking for randomness") }
        }
        return Secret(buffer)
    }
}
