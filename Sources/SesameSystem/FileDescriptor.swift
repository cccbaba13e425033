import CLinux
import Glibc
package import SesameSecrets

/// An operating-system call that failed, with what was being done.
package struct SystemError: Error, Sendable, CustomStringConvertible {
    package let operation: String
    package let code: Int32

    package init(_ operation: String, code: Int32 = errno) {
        self.operation = operation
        self.code = code
    }

    /// Whether somebody has ended a wait.
    package var isInterruption: Bool { code == EINTR }
    /// Whether a disk takes no more, or not now.
    package var isOfDisk: Bool { [ENOSPC, EDQUOT, EFBIG, EIO].contains(code) }

    package var description: String { "\(operation): \(unsafe String(cString: strerror(code)))" }
}

/// An open file descriptor, closed when it goes.
package struct FileDescriptor: ~Copyable, Sendable {
    package let number: Int32

    /// Takes over a descriptor that is already open.
    package init(owning number: Int32) {
        self.number = number
    }

    deinit { close(number) }

    /// Gives the number away; the new owner closes it.
    package consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// Two connected UNIX stream sockets, close-on-exec.
    package static func socketPair() throws(SystemError) -> (Int32, Int32) {
        var pair: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &pair) == 0 else {
            throw SystemError("making a socket pair")
        }
        return (pair[0], pair[1])
    }

    /// The reading and the writing end of a pipe, close-on-exec.
    package static func pipe() throws(SystemError) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard unsafe clinux_pipe(&ends) == 0 else { throw SystemError("making a pipe") }
        return (ends[0], ends[1])
    }

    /// Writes all bytes, or throws.
    ///
    /// A signal that interrupts is not an error.
    package borrowing func writeAll(_ bytes: Span<UInt8>) throws(SystemError) {
        try Self.writeAll(bytes, to: number)
    }

    /// Writes all bytes to a descriptor owned elsewhere, such as standard output.
    package static func writeAll(_ bytes: Span<UInt8>, to number: Int32) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let written = unsafe bytes.withUnsafeBufferPointer { buffer in
                unsafe write(number, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            }
            if written > 0 {
                done += written
            } else if errno != EINTR {
                throw SystemError("writing")
            }
        }
    }

    /// Reads until the end of the input.
    /// - Throws: `EFBIG` when there is more than `limit` bytes.
    package static func readAll(_ number: Int32, limit: Int) throws(SystemError) -> Secret {
        var buffer = SecretBuffer(capacity: 4096)
        while true {
            var count = 0
            unsafe buffer.appendUnsafely(capacity: 4096) { room in
                unsafe count = read(number, room.baseAddress, room.count)
                return count
            }
            if count == 0 { return Secret(buffer) }
            if count < 0, errno != EINTR { throw SystemError("reading") }
            if buffer.count > limit { throw SystemError("reading", code: EFBIG) }
        }
    }

    /// Reads what is there of bytes that are no secret; none at the end.
    package static func readSome(_ number: Int32, atMost limit: Int) throws(SystemError) -> [UInt8]
    {
        var code: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { room, count in
            repeat {
                let got = unsafe read(number, room.baseAddress, limit)
                count = max(got, 0)
                code = got < 0 ? errno : 0
            } while code == EINTR
        }
        guard code == 0 else { throw SystemError("reading", code: code) }
        return bytes
    }

    /// The same, as soon as there is something.
    /// - Parameter shouldStop: is asked five times a second.
    /// - Throws: `EINTR` when it says so.
    package static func readSome(
        _ number: Int32, atMost limit: Int, unless shouldStop: () -> Bool
    ) throws(SystemError) -> [UInt8] {
        var poll = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        while unsafe Glibc.poll(&poll, 1, 200) <= 0 {
            guard !shouldStop() else { throw SystemError("reading", code: EINTR) }
        }
        let bytes = try readSome(number, atMost: limit)
        // Ctrl-C ends what writes into a pipe, too, and that may be seen first: no end is meant by it.
        if bytes.isEmpty { Glibc.poll(nil, 0, 100) }
        guard !bytes.isEmpty || !shouldStop() else { throw SystemError("reading", code: EINTR) }
        return bytes
    }

    /// Reads one line without its end, byte by byte: what follows stays for the next reader.
    /// - Returns: the line, or `nil` where there is nothing more.
    /// - Throws: `EFBIG` when the line is longer than `limit` bytes.
    package static func readLine(_ number: Int32, limit: Int) throws(SystemError) -> Secret? {
        var line = SecretBuffer(capacity: 256)
        while line.count <= limit {
            var byte: UInt8 = 0
            let count = unsafe read(number, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("reading") }
            if count == 0 { return line.count == 0 ? nil : Secret(line) }
            if byte == UInt8(ascii: "\n") { return Secret(line) }
            line.append(byte)
        }
        throw SystemError("reading", code: EFBIG)
    }
}
