import CLinux
import Glibc
import SesameSecrets
import SesameSystem

/// Which loopback address.
package enum LoopbackFamily: Sendable {
    /// 127.0.0.1
    case ipv4
    /// ::1
    case ipv6
}

/// Makes listening sockets.
enum ListeningSocket {
    /// Binds a loopback address; port 0 is any free one.
    static func loopback(
        port: UInt16, family: LoopbackFamily
    ) throws(SystemError) -> FileDescriptor {
        let socket = try open(family == .ipv4 ? AF_INET : AF_INET6)
        // A registered port must be free again at once for the next login, although connections of
        // the last one linger in TIME_WAIT. On Linux this never lets two sockets listen on one port:
        // a port that somebody listens on stays taken.
        var on: Int32 = 1
        if port != 0 {
            _ = unsafe setsockopt(
                socket.number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        guard bind(socket.number, port, family) == 0 else {
            throw SystemError("binding port \(port)")
        }
        try listen(on: socket.number)
        return socket
    }

    /// Binds a name in the file system, mode 0600.
    static func unix(_ path: String) throws(SystemError) -> FileDescriptor {
        let shown = path.sanitised()
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard !bytes.isEmpty, bytes.count < room, !bytes.contains(0) else {
            throw SystemError("the path \(shown) for a socket", code: ENAMETOOLONG)
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let socket = try open(AF_UNIX)
        // The name takes its mode from here, before anybody can see it.
        fchmod(socket.number, 0o600)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe Glibc.bind(socket.number, generic, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw SystemError("binding \(shown)") }
        try listen(on: socket.number)
        return socket
    }

    /// Judges a socket that was handed over, and makes it like one of ours.
    static func requireListeningUnix(_ socket: borrowing FileDescriptor) throws(SystemError) {
        guard option(SO_DOMAIN, of: socket) == AF_UNIX,
            option(SO_TYPE, of: socket) == Int32(SOCK_STREAM.rawValue),
            option(SO_ACCEPTCONN, of: socket) == 1
        else {
            throw SystemError(
                "the socket that was handed over is no UNIX stream socket that listens",
                code: EINVAL)
        }
        clinux_set_nonblocking(socket.number, 1)
        clinux_set_close_on_exec(socket.number, 1)
    }

    private static func option(
        _ name: Int32, of socket: borrowing FileDescriptor
    ) -> Int32? {
        var value: Int32 = -1
        var length = socklen_t(MemoryLayout<Int32>.size)
        let result = unsafe getsockopt(socket.number, SOL_SOCKET, name, &value, &length)
        return result == 0 ? value : nil
    }

    private static func open(_ family: Int32) throws(SystemError) -> FileDescriptor {
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let number = socket(family, Int32(kind), 0)
        guard number >= 0 else { throw SystemError("making a socket") }
        return FileDescriptor(owning: number)
    }

    private static func listen(on socket: Int32) throws(SystemError) {
        guard Glibc.listen(socket, 4096) == 0 else { throw SystemError("listening") }
    }

    private static func bind(_ socket: Int32, _ port: UInt16, _ family: LoopbackFamily) -> Int32 {
        switch family {
        case .ipv4:
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            return unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    unsafe Glibc.bind(socket, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        case .ipv6:
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_addr = in6addr_loopback
            return unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    unsafe Glibc.bind(socket, generic, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }
    }

    /// The port of a bound socket; it stands at the same place in both families.
    static func port(of socket: borrowing FileDescriptor) -> UInt16 {
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe getsockname(socket.number, generic, &length)
            }
        }
        return UInt16(bigEndian: address.sin6_port)
    }
}
