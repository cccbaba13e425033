import CLinux
import Glibc
package import SesameSecrets
import SesameSystem

/// The machine's own standard streams.
package struct SystemTerminal: Terminal {
    package init() {}

    package func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

    package func isFile(_ stream: Stream) -> Bool {
        var status = clinux_status()
        return unsafe clinux_fstat(stream.rawValue, &status) == 0
            && status.mode & UInt32(S_IFMT) == UInt32(S_IFREG)
    }

    package var width: Int {
        let width = Int(clinux_terminal_width(Stream.error.rawValue))
        return width > 0 ? width : 80
    }

    package func write(_ bytes: Secret, to stream: Stream) throws(Failure) {
        do {
            try bytes.withBytes { bytes throws(SystemError) in
                try FileDescriptor.writeAll(bytes, to: stream.rawValue)
            }
        } catch {
            // Whoever reads our messages may have gone; what matters is whether the data arrived.
            guard stream == .error else { throw .lostOutput(error) }
        }
    }

    package func readLine(after prompt: String, hidden: Bool) throws(Failure) -> Secret? {
        // Before the prompt: who answers at once must not be seen, nor have the answer thrown away.
        let modes = hidden && isTerminal(.input) ? HiddenInput() : nil
        defer { modes?.end() }
        try write(prompt, to: .error)
        return try readLine()
    }

    package func readInput(limit: Int) throws(Failure) -> Secret {
        do {
            return try FileDescriptor.readAll(Stream.input.rawValue, limit: limit)
        } catch {
            throw Failure.usage("standard input: \(error)")
        }
    }

    package func awaitInput(seconds: Int32) -> Bool {
        var poll = pollfd(fd: Stream.input.rawValue, events: Int16(POLLIN), revents: 0)
        return unsafe Glibc.poll(&poll, 1, seconds * 1000) > 0
    }

    package func deferringInterruption<Result>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        Interruption.isDeferred = true
        defer { Interruption.isDeferred = false }
        return try body()
    }

    package var isInterrupted: Bool { Interruption.isNoted }

    /// Byte by byte, so that what follows the line stays for the next reader.
    private func readLine() throws(Failure) -> Secret? {
        var line = SecretBuffer(capacity: 256)
        while line.count < 65_536 {
            var byte: UInt8 = 0
            let count = unsafe read(Stream.input.rawValue, &byte, 1)
            if count < 0 {
                if errno == EINTR, !isInterrupted { continue }
                throw isInterrupted ? .interrupted : Failure.usage("standard input cannot be read")
            }
            if count == 0 { return line.count == 0 ? nil : Secret(line) }
            if byte == UInt8(ascii: "\n") {
                return Secret(line)
            }
            line.append(byte)
        }
        throw Failure.usage("the line is too long")
    }
}
