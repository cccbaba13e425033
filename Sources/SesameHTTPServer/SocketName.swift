import CLinux
import Glibc
import SesameSecrets
import SesameSystem

/// The name of a UNIX socket in the file system, and the lock that says whose it is.
///
/// A socket's name outlives its process, so its being there proves nothing. A lock on a file beside
/// it decides: who holds it may replace what lies there. The lock file itself is never removed,
/// since two processes could then each lock a file of that name.
final class SocketName: Sendable {
    private let path: String
    private let lock: Locked<Int32?>
    private let identity: Locked<Identity?>

    private struct Identity: Equatable, Sendable {
        let device: UInt64
        let inode: UInt64
    }

    /// Locks the name and removes a socket that was left behind.
    /// - Throws: `EADDRINUSE` when another process serves there, `EPERM` when the folder is not
    ///   private, `EEXIST` when something else has that name.
    init(_ path: String) throws(SystemError) {
        let shown = path.sanitised()
        guard Self.isPrivate(folderOf: path) else {
            throw SystemError(
                "the folder of \(shown) must be a private one of ours (mode 0700)", code: EPERM)
        }
        let number = unsafe clinux_open("\(path).lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw SystemError("opening \(shown).lock") }
        lock = Locked(number)
        self.path = path
        identity = Locked(nil)
        guard clinux_lock(number) == 0 else {
            throw SystemError(
                "another process serves \(shown)", code: errno == EWOULDBLOCK ? EADDRINUSE : errno)
        }
        try removeStale()
    }

    deinit { release() }

    /// Notes which socket has the name now, so that ``remove()`` removes no other.
    func claim() { identity.withLock { $0 = Self.identity(of: path) } }

    /// Removes the name if it still is that of our socket, and lets others have it.
    func remove() {
        identity.withLock { identity in
            if let mine = identity, Self.identity(of: path) == mine { unsafe unlink(path) }
            identity = nil
        }
        release()
    }

    private func release() {
        lock.withLock { number in
            if let number { close(number) }
            number = nil
        }
    }

    private func removeStale() throws(SystemError) {
        var status = clinux_status()
        guard unsafe clinux_lstat(path, &status) == 0 else { return }
        guard status.mode & UInt32(S_IFMT) == UInt32(S_IFSOCK), status.owner == geteuid() else {
            throw SystemError("\(path.sanitised()) is not a socket of ours", code: EEXIST)
        }
        guard unsafe unlink(path) == 0 else { throw SystemError("removing \(path.sanitised())") }
    }

    private static func isPrivate(folderOf path: String) -> Bool {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        var status = clinux_status()
        guard unsafe clinux_lstat(folder.isEmpty ? "/" : folder, &status) == 0 else { return false }
        return status.mode & UInt32(S_IFMT) == UInt32(S_IFDIR) && status.owner == geteuid()
            && status.mode & 0o077 == 0
    }

    private static func identity(of path: String) -> Identity? {
        var status = clinux_status()
        guard unsafe clinux_lstat(path, &status) == 0 else { return nil }
        return Identity(device: status.device, inode: status.inode)
    }
}
