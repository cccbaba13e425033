import CLinux
import Glibc
package import SesameSecrets

/// A file with a secret that others are to read, as its permissions say; it is replaced as a whole, and read by name.
package struct SharedFile: Sendable, Hashable {
    package let path: String
    package let permissions: FilePermissions

    package init(path: String, permissions: FilePermissions) {
        self.path = path
        self.permissions = permissions
    }

    /// New contents, complete and durable beside the file, which the draft is to replace.
    ///
    /// Whatever has the file's name is replaced, a symbolic link as well: it is never followed.
    /// - Throws: a refusal where others could exchange the file, as its folder is theirs to write.
    package func draft(_ contents: Secret) throws(PrivateFile.Failure) -> FileDraft {
        let folder = PrivateFile.folder(of: path)
        if let reason = PrivateFile.objection(toFolderAt: folder) {
            throw .refused(PrivateFile.Refusal(path: folder, reason: reason))
        }
        guard permissions.group != nil || permissions.mode & 0o070 == 0 || givesItsGroup(folder)
        else {
            throw .refused(
                PrivateFile.Refusal(
                    path: path,
                    reason:
                        "would be for whatever group this process has: name the group that may read it"
                ))
        }
        FileDraft.removeAbandoned(of: path, permissions)
        return try FileDraft.holding(contents, for: path, permissions)
    }

    /// Whether it has just these permissions, and contents of which this is true.
    package func holds(_ isRight: (Secret) -> Bool) -> Bool {
        guard let file = open(), permissions.areSet(on: file.number) else { return false }
        return Self.contents(of: file).map(isRight) ?? false
    }

    /// Removes it, if it has contents of which this is true: what somebody else has put in its place stays.
    /// - Returns: whether it is gone.
    @discardableResult
    package func remove(where isOurs: (Secret) -> Bool) throws(SystemError) -> Bool {
        guard let file = open(), let contents = Self.contents(of: file), isOurs(contents),
            PrivateFile.isStill(path, file.number)
        else { return false }
        guard unsafe unlink(path) == 0 else { throw SystemError("removing \(path.sanitised())") }
        return true
    }

    /// Whether new files get the folder's group, as somebody has decided.
    private func givesItsGroup(_ folder: String) -> Bool {
        var status = clinux_status()
        return unsafe clinux_stat(folder, &status) == 0 && status.mode & UInt32(S_ISGID) != 0
    }

    private func open() -> FileDescriptor? {
        let descriptor = unsafe clinux_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)
        return descriptor < 0 ? nil : FileDescriptor(owning: descriptor)
    }

    private static func contents(of file: borrowing FileDescriptor) -> Secret? {
        var status = clinux_status()
        guard unsafe clinux_fstat(file.number, &status) == 0,
            status.mode & UInt32(S_IFMT) == UInt32(S_IFREG)
        else { return nil }
        return try? FileDescriptor.readAll(file.number, limit: 1 << 20)
    }
}
