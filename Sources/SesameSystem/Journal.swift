import CLinux
import Glibc
import SesameSecrets

/// The journal of systemd, by its native protocol: one datagram an entry, fields in lines
/// (systemd.io/JOURNAL_NATIVE_PROTOCOL).
///
/// It never blocks. An entry for which the socket has no room, or that nobody takes, is dropped and
/// counted; the next one that arrives says how many are missing.
package final class Journal: Sendable {
    /// How important an entry is, as syslog(3) counts.
    package enum Priority: Int, Sendable {
        case error = 3
        case warning = 4
        case notice = 5
        case information = 6
    }

    /// One field of an entry.
    package struct Field: Sendable {
        let name: String
        let value: String

        /// - Parameter name: capital letters, digits and `_`, a letter first; others are not sent.
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    private let path: String
    private let identifier: String
    private let socket: FileDescriptor
    private let missing = Locked((now: 0, ever: 0))

    /// Makes a socket of our own; nothing is sent yet.
    /// - Parameters:
    ///   - path: where the journal listens.
    ///   - identifier: which program speaks.
    /// - Throws: ``SystemError`` when there is no socket to be had.
    package init(
        path: String = Journal.usualPath, identifier: String
    ) throws(SystemError) {
        let number = Glibc.socket(
            AF_UNIX,
            Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard number >= 0 else { throw SystemError("making a socket for the journal") }
        socket = FileDescriptor(owning: number)
        self.path = path
        self.identifier = identifier
    }

    /// Whether a journal listens there.
    package static func isThere(at path: String = Journal.usualPath) -> Bool {
        var status = clinux_status()
        return unsafe clinux_stat(path, &status) == 0
            && status.mode & UInt32(S_IFMT) == UInt32(S_IFSOCK)
    }

    /// How many entries were dropped so far.
    package var dropped: Int { missing.withLock { $0.ever } }

    /// Sends an entry, or drops it.
    /// - Parameter message: one line for people; what could move a cursor is escaped.
    package func send(_ message: String, _ priority: Priority, _ fields: [Field]) {
        missing.withLock { missing in
            var all = [
                Field("MESSAGE", message.sanitised(limit: 500)),
                Field("PRIORITY", "\(priority.rawValue)"),
                Field("SYSLOG_IDENTIFIER", identifier),
            ]
            if missing.now > 0 { all.append(Field("SESAME_JOURNAL_DROPPED", "\(missing.now)")) }
            if transfer(Self.entry(all + fields)) {
                missing.now = 0
            } else {
                missing.now += 1
                missing.ever += 1
            }
        }
    }

    private static func entry(_ fields: [Field]) -> [UInt8] {
        var entry: [UInt8] = []
        for field in fields where isName(field.name) {
            entry += field.name.utf8
            let value = Array(field.value.utf8)
            if value.contains(UInt8(ascii: "\n")) {
                // A line's end in a value must not begin a field: its length is said before it.
                entry.append(UInt8(ascii: "\n"))
                var length = UInt64(value.count)
                for _ in 0..<8 {
                    entry.append(UInt8(truncatingIfNeeded: length))
                    length >>= 8
                }
            } else {
                entry.append(UInt8(ascii: "="))
            }
            entry += value
            entry.append(UInt8(ascii: "\n"))
        }
        return entry
    }

    /// The journal ignores other names, and takes one that begins with `_` from nobody.
    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (0x41...0x5A).contains(first) else { return false }
        return name.utf8.count <= 64
            && name.utf8.allSatisfy { byte in
                (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F
            }
    }

    private func transfer(_ entry: [UInt8]) -> Bool {
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        guard name.count < MemoryLayout.size(ofValue: target.sun_path) else { return false }
        unsafe withUnsafeMutableBytes(of: &target.sun_path) { unsafe $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count + 1)
        return unsafe withUnsafePointer(to: &target) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe sendto(
                    socket.number, entry, entry.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT), generic,
                    length) == entry.count
            }
        }
    }

    /// Where systemd has it.
    package static let usualPath = "/run/systemd/journal/socket"
}
