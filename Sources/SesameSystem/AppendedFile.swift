import CLinux
import Glibc
package import SesameSecrets

/// A file to which things are added at its end, each as a whole or not at all as far as the disk lets us.
package final class AppendedFile {
    package let path: String
    /// How many bytes it has.
    package private(set) var length: Int64 = 0
    private let file: FileDescriptor

    /// Opens or makes it (mode 0600), never through a symbolic link.
    package init(_ path: String) throws(SystemError) {
        self.path = path
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK
        var number = unsafe clinux_open(path, flags | O_EXCL, 0o600)
        let isNew = number >= 0
        if !isNew, errno == EEXIST { number = unsafe clinux_open(path, flags, 0o600) }
        guard number >= 0 else { throw SystemError("opening \(path.sanitised())") }
        file = FileDescriptor(owning: number)
        var status = clinux_status()
        guard unsafe clinux_fstat(number, &status) == 0,
            status.mode & UInt32(S_IFMT) == UInt32(S_IFREG)
        else { throw SystemError("opening \(path.sanitised())", code: EINVAL) }
        guard isNew || Self.isFit(owner: status.owner, of: path) else {
            throw SystemError("opening \(path.sanitised()), another user's", code: EACCES)
        }
        length = Int64(status.size)
    }

    /// Whether a file that was there is ours: what is added to another user's, that user gets to know.
    ///
    /// Some file systems show one owner for all that is in them: then a file that is made beside it shows which.
    private static func isFit(owner: UInt32, of path: String) -> Bool {
        if owner == geteuid() || geteuid() == 0 { return true }
        // Of this process: one that was killed in between may have left its own.
        let probe = path + ".owner-\(getpid())"
        let number = unsafe clinux_open(probe, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
        guard number >= 0 else { return false }
        let file = FileDescriptor(owning: number)
        defer { unsafe unlink(probe) }
        var status = clinux_status()
        return unsafe clinux_fstat(file.number, &status) == 0 && status.owner == owner
    }

    /// Keeps other processes away that ask, until it is closed; `false` when one of them was earlier.
    package func lock() -> Bool { clinux_lock(file.number) == 0 }

    /// The same, for a file that nobody else may have.
    package func claim() throws(SystemError) {
        guard lock() else { throw SystemError("locking \(path.sanitised())", code: EBUSY) }
    }

    /// Fails where something is in it.
    package func expectEmpty() throws(SystemError) {
        guard length == 0 else { throw SystemError("making \(path.sanitised())", code: EEXIST) }
    }

    /// All that is in it.
    package func contents(limit: Int) throws(SystemError) -> Secret {
        guard lseek(file.number, 0, SEEK_SET) == 0 else {
            throw SystemError("reading \(path.sanitised())")
        }
        return try FileDescriptor.readAll(file.number, limit: limit)
    }

    /// Hands over all that is in it, a piece at a time.
    package func read(_ body: ([UInt8]) -> Void) throws(SystemError) {
        guard lseek(file.number, 0, SEEK_SET) == 0 else {
            throw SystemError("reading \(path.sanitised())")
        }
        while true {
            let piece = try FileDescriptor.readSome(file.number, atMost: 1 << 16)
            guard !piece.isEmpty else { return }
            body(piece)
        }
    }

    /// Keeps its first bytes only.
    package func cut(to length: Int64) throws(SystemError) {
        guard length <= self.length else {
            throw SystemError("cutting \(path.sanitised())", code: EINVAL)
        }
        guard ftruncate(file.number, Int(length)) == 0 else {
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

    /// Takes its name away, or all that is in it where the folder does not let us; what somebody else has put under that
    /// name meanwhile stays.
    package func remove() {
        guard PrivateFile.isStill(path, file.number) else { return }
        if unsafe unlink(path) != 0 { try? cut(to: 0) }
    }

    /// Looks whether a file of that name can be written, and leaves none behind.
    package static func checkPlace(_ path: String) throws(SystemError) {
        var status = clinux_status()
        let isThere = unsafe clinux_lstat(path, &status) == 0
        _ = try AppendedFile(path)
        if !isThere { unsafe unlink(path) }
    }

    /// Whether something has that name, other than a file with nothing in it.
    package static func isTaken(_ path: String) -> Bool {
        var status = clinux_status()
        guard unsafe clinux_lstat(path, &status) == 0 else { return false }
        return status.size > 0 || status.mode & UInt32(S_IFMT) != UInt32(S_IFREG)
    }
}

/// Whether both names mean one file.
package func isSameFile(_ one: String, _ other: String) -> Bool {
    if one == other { return true }
    var first = clinux_status()
    var second = clinux_status()
    guard unsafe clinux_stat(one, &first) == 0, unsafe clinux_stat(other, &second) == 0 else {
        return false
    }
    return first.device == second.device && first.inode == second.inode
}
