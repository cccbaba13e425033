import Glibc
package import SesameSystem

/// The end of a service manager, to which a service tells how it is: sd_notify(3).
package final class NotificationSocket: Sendable {
    /// What `NOTIFY_SOCKET` is to say.
    package let address: String
    private let descriptor: FileDescriptor

    /// - Parameter address: a path, or a name that begins with `@` and is in no file system.
    package init(_ address: String) throws(SystemError) {
        self.address = address
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw SystemError("making a socket") }
        descriptor = FileDescriptor(owning: number)
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        _ = unsafe setsockopt(
            number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var own = sockaddr_un()
        own.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(address.utf8)
        if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &own.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let result = unsafe withUnsafeBytes(of: own) { own in
            unsafe bind(number, own.baseAddress?.assumingMemoryBound(to: sockaddr.self), length)
        }
        guard result == 0 else { throw SystemError("binding \(address)") }
    }

    /// The lines of the next message; it is waited for.
    package func receive() throws(SystemError) -> [String] {
        String(decoding: try receiveBytes(), as: UTF8.self).split(separator: "\n").map(
            String.init)
    }

    /// The next message as it came; it is waited for.
    package func receiveBytes() throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = unsafe recv(descriptor.number, &bytes, bytes.count, 0)
        guard count >= 0 else { throw SystemError("waiting for a message of the service") }
        return Array(bytes[..<count])
    }
}
