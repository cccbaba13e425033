import CLinux
import Glibc
import SesameCrypto
import SesameSecrets
import SesameSystem

/// The keys that a key file is about to get: the file `PATH.next` beside it.
///
/// A new key is durable here before the store is sealed under it, and replaces the key file's own only
/// after that: whenever the machine stops, one of the two files opens the store. Whoever rotates holds
/// a lock on this file until that is done. Keys are added and never overwritten: an earlier rotation
/// may have stopped just after the store took its key.
final class NextKeyFile: Sendable {
    private let path: String
    private let file: FileDescriptor
    /// Bytes that were there before this rotation's key.
    private let former: UInt64

    /// The keys of rotations that were not finished, oldest first.
    static func keys(for path: String) throws(StoreError) -> [Secret] {
        do throws(PrivateFile.Failure) {
            return KeyLine.parseAll(try PrivateFile.read(path + suffix, limit: KeyLine.limit))
        } catch .missing {
            return []
        } catch {
            throw StoreError(
                .keyUnreadable, "the new key of an unfinished rotation cannot be used: \(error)")
        }
    }

    /// Writes a new key for the key file at `path`, durably.
    /// - Throws: ``StoreError/Code/busy`` while another rotation is under way.
    init(for path: String, key: Secret) throws(StoreError) {
        try KeyFile.judgeFolder(of: path)
        self.path = path
        file = try Self.open(path + Self.suffix, O_CREAT)
        var status = clinux_status()
        guard unsafe clinux_fstat(file.number, &status) == 0,
            status.size < UInt64(KeyLine.limit / 2)
        else {
            throw StoreError(
                .unwritable,
                "\((path + Self.suffix).sanitised()) holds the keys of too many unfinished rotations;"
                    + " remove it while the store opens without it")
        }
        former = status.size
        do throws(SystemError) {
            // A line that a killed process left incomplete must not spoil this one.
            var text = SecretBuffer(capacity: 80)
            if status.size > 0 { text.append("\n") }
            text.append(KeyLine.text(key))
            try text.withBytes { bytes throws(SystemError) in try file.writeAll(bytes) }
            guard fsync(file.number) == 0 else { throw SystemError("syncing the new key") }
        } catch {
            throw .keyUnwritable(.system(error))
        }
        PrivateFile.syncDirectory(of: path)
    }

    /// Gives the key file its new key, once the store is sealed under it.
    func finish(_ key: Secret) throws(StoreError) {
        do throws(PrivateFile.Failure) {
            try PrivateFile.replace(path, KeyLine.text(key))
        } catch {
            throw .keyUnwritable(error)
        }
        remove()
    }

    /// Drops all keys that were staged: the store is sealed under another that is durable elsewhere.
    func remove() {
        unsafe unlink(path + Self.suffix)
        PrivateFile.syncDirectory(of: path)
    }

    /// Takes this rotation's key back: the store is not sealed under it, and never will be.
    func discard() {
        guard former > 0 else { return remove() }
        ftruncate(file.number, Int(former))
        fsync(file.number)
    }

    /// Makes up for the last step of a rotation that was interrupted, unless one is under way.
    ///
    /// Whoever changes the key of the store to or from this file holds the lock meanwhile: what fits
    /// under it is what the store is sealed under. Only the newest key counts: the lines before it may
    /// be keys that an interrupted rotation has still in the store's log. Where it fails, the next
    /// opening tries again.
    static func finishInterrupted(at path: String, _ fits: (Secret) -> Bool) {
        guard let staged = try? keys(for: path), !staged.isEmpty,
            let next = try? NextKeyFile(at: path), let newest = try? keys(for: path).last,
            fits(newest)
        else { return }
        try? next.finish(newest)
    }

    private init(at path: String) throws(StoreError) {
        self.path = path
        former = 0
        file = try Self.open(path + Self.suffix, 0)
    }

    /// Opens the file and locks it.
    private static func open(_ path: String, _ flags: Int32) throws(StoreError) -> FileDescriptor {
        while true {
            let descriptor = unsafe clinux_open(
                path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | flags, 0o600)
            guard descriptor >= 0 else {
                throw .keyUnwritable(.system(SystemError("opening \(path.sanitised())")))
            }
            let file = FileDescriptor(owning: descriptor)
            // Where the file system has no locks, nobody can hold one either.
            if clinux_lock(file.number) != 0, errno == EWOULDBLOCK {
                throw StoreError(
                    .busy, "another rotation of the key is under way; try again when it is done")
            }
            // A rotation that ended in this moment has removed the file that was opened.
            guard PrivateFile.isStill(path, file.number) else { continue }
            if let reason = PrivateFile.objection(to: file.number) {
                throw .keyUnwritable(.refused(PrivateFile.Refusal(path: path, reason: reason)))
            }
            return file
        }
    }

    private static let suffix = ".next"
}
