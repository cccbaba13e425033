import CLinux
import Glibc
import SesameSecrets

/// A file, complete and durable, under a passing name beside its final one; private unless it is said for whom else
/// it is.
///
/// Whoever writes it holds a lock on it until it has its final name: a draft that nobody has locked
/// was left behind by a process that was killed.
package struct FileDraft: ~Copyable {
    private let final: String
    private let path: String
    private let file: FileDescriptor

    /// A draft that is empty yet: write to ``descriptor``, then publish or discard it.
    package init(
        of final: String, _ permissions: FilePermissions = .ownerOnly
    ) throws(PrivateFile.Failure) {
        let (path, descriptor) = try Self.open(of: final, permissions)
        self.final = final
        self.path = path
        file = FileDescriptor(owning: descriptor)
    }

    /// A draft that holds these contents, durably.
    static func holding(
        _ contents: Secret, for final: String, _ permissions: FilePermissions = .ownerOnly
    ) throws(PrivateFile.Failure) -> FileDraft {
        let draft = try FileDraft(of: final, permissions)
        do throws(SystemError) {
            try contents.withBytes { bytes throws(SystemError) in
                try FileDescriptor.writeAll(bytes, to: draft.descriptor)
            }
            try draft.sync()
        } catch {
            draft.discard()
            throw .system(error)
        }
        return draft
    }

    /// What to write to; it lives as long as the draft.
    package var descriptor: Int32 { file.number }

    /// Makes durable what was written.
    package borrowing func sync() throws(SystemError) {
        guard fsync(file.number) == 0 else { throw SystemError("syncing \(final.sanitised())") }
    }

    /// Removes the draft.
    package borrowing func discard() { unsafe unlink(path) }

    /// Gives the file its final name, unless that is taken; the draft is gone in either case.
    package borrowing func publish() throws(PrivateFile.Failure) {
        do throws(PrivateFile.Failure) {
            if try PrivateFile.publish(path, as: final) { return }
        } catch {
            unsafe unlink(path)
            throw error
        }
        unsafe unlink(path)
        throw .system(SystemError("creating \(final.sanitised())", code: EEXIST))
    }

    /// Gives the file its final name, whatever that stood for; the draft is gone in either case.
    package borrowing func replace() throws(PrivateFile.Failure) {
        guard unsafe rename(path, final) == 0 else {
            let error = SystemError("replacing \(final.sanitised())")
            unsafe unlink(path)
            throw .system(error)
        }
        PrivateFile.syncDirectory(of: final)
    }

    private static func open(
        of final: String, _ permissions: FilePermissions
    ) throws(PrivateFile.Failure) -> (path: String, descriptor: Int32) {
        var number = 0
        while true {
            number += 1
            let path = "\(final)\(infix)\(getpid())-\(number)"
            let descriptor = unsafe clinux_open(
                path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else {
                if errno == EEXIST { continue }
                throw .system(SystemError("creating \(final.sanitised())"))
            }
            guard isKept(descriptor) else {
                close(descriptor)
                continue
            }
            // Before there is anything to read in it.
            guard let error = permissions.failureToSet(on: descriptor, final) else {
                return (path, descriptor)
            }
            unsafe unlink(path)
            close(descriptor)
            throw .system(error)
        }
    }

    /// Locks a new draft; `false` when somebody has taken it for abandoned already.
    ///
    /// Where the file system has no locks, nobody can lock it for removal either.
    private static func isKept(_ descriptor: Int32) -> Bool {
        if clinux_lock(descriptor) != 0, errno == EWOULDBLOCK { return false }
        var status = clinux_status()
        return unsafe clinux_fstat(descriptor, &status) == 0 && status.links > 0
    }

    /// Removes what killed writers of a file have left behind.
    /// - Parameter permissions: those that the file, and so its drafts, may have.
    package static func removeAbandoned(
        of final: String, _ permissions: FilePermissions = .ownerOnly
    ) {
        removeSecondName(of: final)
        for path in drafts(of: final) {
            let descriptor = unsafe clinux_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)
            guard descriptor >= 0 else { continue }
            let file = FileDescriptor(owning: descriptor)
            guard
                PrivateFile.objection(to: file.number) == nil
                    || permissions.areSet(on: file.number),
                clinux_lock(file.number) == 0, PrivateFile.isStill(path, file.number)
            else { continue }
            unsafe unlink(path)
        }
    }

    /// Removes the draft's name of a file that has its final one already, as a process that was killed
    /// leaves both on a file system which cannot rename without replacing.
    ///
    /// The file itself is not opened.
    /// - Returns: whether there was one.
    @discardableResult
    package static func removeSecondName(of final: String) -> Bool {
        var named = clinux_status()
        guard unsafe clinux_lstat(final, &named) == 0, named.links > 1 else { return false }
        var hasRemoved = false
        for path in drafts(of: final) {
            var draft = clinux_status()
            guard unsafe clinux_lstat(path, &draft) == 0, draft.inode == named.inode,
                draft.device == named.device
            else { continue }
            if unsafe unlink(path) == 0 { hasRemoved = true }
        }
        return hasRemoved
    }

    private static func drafts(of final: String) -> [String] {
        let folder = PrivateFile.folder(of: final)
        let name = final.split(separator: "/").last.map { String($0) } ?? final
        return PrivateFile.names(in: folder).filter { $0.hasPrefix(name + infix) }.map {
            "\(folder)/\($0)"
        }
    }

    /// What stands between the final name and a draft's own part: nobody else calls a file so.
    package static let infix = ".sesame-draft-"
}
