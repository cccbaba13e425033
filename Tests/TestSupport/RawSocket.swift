import Glibc
package import SesameSystem

/// A blocking client socket that sends exactly the bytes it is told to, for tests of servers.
package final class RawSocket: Sendable {
    private let descriptor: FileDescriptor

    /// Takes over a connected socket, such as one end of a socket pair.
    ///
    /// Reads give up after `timeLimit`, in whole seconds.
    package init(owning number: Int32, timeLimit: Duration = patience) {
        descriptor = FileDescriptor(owning: number)
        var limit = timeval(tv_sec: Int(timeLimit.components.seconds), tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        _ = unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        _ = unsafe setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    /// Connects to 127.0.0.1.
    package convenience init(port: UInt16, timeLimit: Duration = patience) throws(SystemError) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        try self.init(AF_INET, address, timeLimit)
    }

    /// Connects to ::1.
    package convenience init(ipv6Port port: UInt16, timeLimit: Duration = patience)
        throws(SystemError)
    {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        address.sin6_addr = in6addr_loopback
        try self.init(AF_INET6, address, timeLimit)
    }

    /// Connects to a UNIX socket.
    package convenience init(path: String, timeLimit: Duration = patience) throws(SystemError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemError("the path of a socket", code: ENAMETOOLONG)
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        try self.init(AF_UNIX, address, timeLimit)
    }

    private convenience init<Address>(
        _ family: Int32, _ address: Address, _ timeLimit: Duration
    ) throws(SystemError) {
        let number = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw SystemError("making a socket") }
        let result = unsafe withUnsafeBytes(of: address) { bytes in
            unsafe connect(
                number, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(bytes.count))
        }
        guard result == 0 else {
            let error = SystemError("connecting")
            close(number)
            throw error
        }
        self.init(owning: number, timeLimit: timeLimit)
    }

    /// Sends all bytes; what the other side no longer takes is dropped.
    package func send(_ bytes: [UInt8]) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor.number, buffer.baseAddress?.advanced(by: done), buffer.count - done,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            done += count
        }
    }

    /// Sends a text.
    package func send(_ text: String) { send(Array(text.utf8)) }

    /// Reads what is there next; empty at the end of the stream.
    /// - Throws: `EAGAIN` when nothing came in time, `ECONNRESET` after a reset.
    package func receive(atMost most: Int = 65_536) throws(SystemError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: most)
        let count = unsafe recv(descriptor.number, &buffer, buffer.count, 0)
        guard count >= 0 else { throw SystemError("receiving") }
        return Array(buffer.prefix(count))
    }

    /// Reads until the other side ends the connection.
    package func receiveAll() throws(SystemError) -> String {
        var all: [UInt8] = []
        while true {
            let part = try receive()
            if part.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += part
        }
    }

    /// Reads until these bytes have come; returns everything up to their end.
    package func receive(upTo mark: String) throws(SystemError) -> String {
        var all: [UInt8] = []
        let mark = Array(mark.utf8)
        while all.suffix(mark.count) != mark {
            let part = try receive(atMost: 1)
            guard !part.isEmpty else { throw SystemError("reading up to a mark", code: ENODATA) }
            all += part
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// Reads one whole HTTP answer: its head, and as much content as its `Content-Length` says.
    package func receiveAnswer(toHead: Bool = false) throws(SystemError) -> RawAnswer {
        var all: [UInt8] = []
        while true {
            let part = try receive()
            all += part
            let answer = RawAnswer(all, toHead: toHead)
            if let answer, answer.isWhole || part.isEmpty { return answer }
            if part.isEmpty { throw SystemError("reading an answer", code: ENODATA) }
        }
    }

    /// Whether the other side has ended the connection: waits for it, at most the time-out.
    package func isEnded() -> Bool {
        guard let rest = try? receive() else { return errno == ECONNRESET }
        return rest.isEmpty
    }

    /// Ends both sides, as a process that ends does.
    package func end() { shutdown(descriptor.number, Int32(SHUT_RDWR)) }

    /// Ends our side for writing.
    package func endOutput() { shutdown(descriptor.number, Int32(SHUT_WR)) }
}

/// Runs blocking work on a thread of its own.
///
/// Tests share a pool with as many threads as the machine has processors: two tests that block there
/// leave none for the code under test.
package func offPool<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { done in
        do throws(SystemError) {
            try startThread(name: "test-client") { done.resume(with: Result { try work() }) }
        } catch {
            done.resume(throwing: error)
        }
    }
}

/// An HTTP answer taken apart, leniently: tests look at it, nothing depends on it.
package struct RawAnswer: Sendable {
    package let status: Int
    package let head: String
    package let body: [UInt8]
    /// Bytes behind the content: further answers.
    package let rest: [UInt8]
    let isWhole: Bool

    /// The content as text.
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// `nil` while the head is not complete.
    package init?(_ bytes: [UInt8], toHead: Bool = false) {
        let mark = Array("\r\n\r\n".utf8)
        guard
            let end = bytes.indices.first(where: { bytes[$0...].starts(with: mark) })
        else { return nil }
        head = String(decoding: bytes[..<end], as: UTF8.self)
        guard let code = head.split(separator: " ").dropFirst().first, let status = Int(code) else {
            return nil
        }
        self.status = status
        let length = toHead ? 0 : Self.value("Content-Length", in: head).flatMap { Int($0) } ?? 0
        let content = bytes[(end + 4)...]
        isWhole = content.count >= length
        body = Array(content.prefix(length))
        rest = Array(content.dropFirst(length))
    }

    /// A field's value.
    package subscript(name: String) -> String? { Self.value(name, in: head) }

    private static func value(_ name: String, in head: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == name.lowercased() {
                return String(parts[1].drop { $0 == " " })
            }
        }
        return nil
    }
}
