import CLinux
import Glibc
package import SesameSecrets

/// A file to which things are added at its end, each as a whole or not at all as far as the disk lets us.
package final class AppendedFile {
    /// What to do with a file that is there.
    package enum Existing: Sendable {
        case keep
        case empty
        /// Fails where there is none.
        case require
    }

    package let path: String
    /// How many bytes it has.
    package private(set) var length: Int64 = 0
    private let file: FileDescriptor

    /// Opens or makes it (mode 0600), never through a symbolic link.
    package init(_ path: String, _ existing: Existing) throws(SystemError) {
        self.path = path
        let flags = existing == .require ? 0 : O_CREAT
        let number = unsafe clinux_open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | flags, 0o600)
        guard number >= 0 else { throw SystemError("opening \(path.sanitised())") }
        file = FileDescriptor(owning: number)
        var status = clinux_status()
        guard unsafe clinux_fstat(number, &status) == 0,
            status.mode & UInt32(S_IFMT) == UInt32(S_IFREG)
        else { throw SystemError("opening \(path.sanitised())", code: EINVAL) }
        length = Int64(status.size)
        if existing == .empty { try cut(to: 0) }
    }

    /// Keeps other processes away that ask, until it is closed; `false` when one of them was earlier.
    package func lock() -> Bool { clinux_lock(file.number) == 0 }

    /// All that is in it.
    package func contents(limit: Int) throws(SystemError) -> Secret {
        guard lseek(file.number, 0, SEEK_SET) == 0 else {
            throw SystemError("reading \(path.sanitised())")
        }
        return try FileDescriptor.readAll(file.number, limit: limit)
    }

    /// Keeps its first bytes only.
    package func cut(to length: Int64) throws(SystemError) {
        guard length <= self.length, ftruncate(file.number, Int(length)) == 0 else {
            throw SystemError("cutting \(path.sanitised())")
        }
        self.length = length
    }

    /// Adds bytes at the end.
    package func append(_ bytes: Span<UInt8>) throws(SystemError) {
        do throws(SystemError) {
            guard lseek(file.number, Int(length), SEEK_SET) >= 0 else {
                throw SystemError("writing \(path.sanitised())")
            }
            try file.writeAll(bytes)
            length += Int64(bytes.count)
        } catch {
            ftruncate(file.number, Int(length))
            throw SystemError("writing \(path.sanitised())", code: error.code)
        }
    }

    /// Takes its name away.
    package func remove() { unsafe unlink(path) }

    /// Whether something has that name.
    package static func isTaken(_ path: String) -> Bool {
        var status = clinux_status()
        return unsafe clinux_lstat(path, &status) == 0
    }
}
