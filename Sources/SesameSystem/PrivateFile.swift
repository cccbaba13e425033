import CLinux
import Glibc
package import SesameSecrets

/// Files that hold secrets, or that decide where secrets go.
///
/// The opened file itself is judged, never its name: no symbolic link, a regular file, ours, one
/// name only, no bit for group and others.
package enum PrivateFile {
    /// Why a file was refused.
    package struct Refusal: Error, Sendable, CustomStringConvertible {
        package let path: String
        package let reason: String

        package init(path: String, reason: String) {
            self.path = path
            self.reason = reason
        }

        package var description: String { "\(path.sanitised()): \(reason)" }
    }

    package enum Failure: Error, Sendable, CustomStringConvertible {
        case missing
        case refused(Refusal)
        case system(SystemError)

        package var description: String {
            switch self {
            case .missing: "no such file"
            case .refused(let refusal): refusal.description
            case .system(let error): error.description
            }
        }
    }

    /// Reads a private file whole.
    package static func read(_ path: String, limit: Int) throws(Failure) -> Secret {
        try read(path, limit: limit, O_NOFOLLOW, objection)
    }

    /// Reads a file that others may read but only we, or root, may have written.
    ///
    /// Links are followed.
    package static func readShared(_ path: String, limit: Int) throws(Failure) -> Secret {
        try read(path, limit: limit, 0) { sharedObjection($0, kind: S_IFREG) }
    }

    /// Reads a private file that root may have put there for us, as systemd does with the credentials
    /// of a service.
    ///
    /// Such a file of root's may have the bit for its group: with an access list, that bit shows
    /// what the list allows at most, not what root's group may.
    package static func readGranted(_ path: String, limit: Int) throws(Failure) -> Secret {
        try read(path, limit: limit, O_NOFOLLOW, grantedObjection)
    }

    /// The same for a file that is reached by links, as Kubernetes has it: it replaces a token by turning a link
    /// to another file.
    package static func readProjected(_ path: String, limit: Int) throws(Failure) -> Secret {
        try read(path, limit: limit, 0, grantedObjection)
    }

    private static func grantedObjection(_ status: clinux_status) -> String? {
        guard status.owner == 0, geteuid() != 0, status.mode & 0o037 == 0 else {
            return objection(to: status)
        }
        return sharedObjection(status, kind: S_IFREG)
    }

    private static func read(
        _ path: String, limit: Int, _ flags: Int32, _ objection: (clinux_status) -> String?
    ) throws(Failure) -> Secret {
        let descriptor = unsafe clinux_open(path, O_RDONLY | O_NONBLOCK | flags, 0)
        guard descriptor >= 0 else { throw failure(path) }
        let file = FileDescriptor(owning: descriptor)
        var status = clinux_status()
        guard unsafe clinux_fstat(file.number, &status) == 0 else {
            throw .system(SystemError("examining \(path.sanitised())"))
        }
        if let reason = objection(status) {
            throw .refused(Refusal(path: path, reason: reason))
        }
        do throws(SystemError) {
            return try FileDescriptor.readAll(file.number, limit: limit)
        } catch {
            throw .system(error)
        }
    }

    /// What speaks against a file that others may read but must not have written, or `nil`.
    package static func objection(toSharedFileAt path: String) -> String? {
        var status = clinux_status()
        guard unsafe clinux_stat(path, &status) == 0 else { return "cannot be found" }
        return sharedObjection(status, kind: S_IFREG)
    }

    /// What speaks against a folder in which others must not replace files, or `nil`.
    package static func objection(toFolderAt path: String) -> String? {
        var status = clinux_status()
        guard unsafe clinux_stat(path, &status) == 0 else { return nil }
        return sharedObjection(status, kind: S_IFDIR)
    }

    private static func sharedObjection(_ status: clinux_status, kind: mode_t) -> String? {
        guard status.mode & UInt32(S_IFMT) == UInt32(kind) else {
            return kind == S_IFDIR ? "is not a folder" : "is not a regular file"
        }
        guard status.owner == geteuid() || status.owner == 0 else {
            return "belongs to another user"
        }
        guard status.mode & 0o022 == 0 else {
            return "can be written by others (run: chmod go-w on it)"
        }
        return nil
    }

    /// The path behind all symbolic links, or the path itself where there is nothing yet.
    package static func resolved(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    /// Writes a new private file, mode 0600, and makes it durable; an existing one is never touched.
    ///
    /// The file is complete when its name appears, and a process that is killed leaves no part of it
    /// under that name.
    package static func create(_ path: String, _ contents: Secret) throws(Failure) {
        FileDraft.removeAbandoned(of: path)
        try FileDraft.holding(contents, for: path).publish()
    }

    /// Replaces a private file as a whole: a reader sees the old contents or the new, never a part.
    package static func replace(_ path: String, _ contents: Secret) throws(Failure) {
        FileDraft.removeAbandoned(of: path)
        try FileDraft.holding(contents, for: path).replace()
    }

    /// What speaks against an opened file, or `nil`.
    package static func objection(to descriptor: Int32) -> String? {
        var status = clinux_status()
        guard unsafe clinux_fstat(descriptor, &status) == 0 else { return "cannot be examined" }
        return objection(to: status)
    }

    /// What speaks against a file that may not be opened here, or `nil`: for a database file, whose
    /// POSIX locks go when any descriptor of it is closed.
    ///
    /// Sound only in a folder of ours.
    package static func objection(toFileAt path: String) -> String? {
        var status = clinux_status()
        guard unsafe clinux_lstat(path, &status) == 0 else { return "cannot be examined" }
        guard status.mode & UInt32(S_IFMT) != UInt32(S_IFLNK) else { return "is a symbolic link" }
        return objection(to: status)
    }

    private static func objection(to status: clinux_status) -> String? {
        guard status.mode & UInt32(S_IFMT) == UInt32(S_IFREG) else {
            return "is not a regular file"
        }
        guard status.owner == geteuid() else { return "belongs to another user" }
        guard status.links == 1 else { return "has more than one name (hard link)" }
        guard status.mode & 0o077 == 0 else {
            return "can be read by others (run: chmod 600 on it)"
        }
        return nil
    }

    /// Keeps other processes from changing a folder's files, as long as they ask too and the returned
    /// descriptor lives.
    ///
    /// It waits its turn: hold it for the time of a write only. The lock is on a file that nobody else can
    /// open: other users may open the folder, and would keep us waiting.
    package static func lock(folder: String) -> FileDescriptor {
        let descriptor = unsafe clinux_open(
            "\(folder)/.sesame.lock", O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
        if isOurs(descriptor) {
            // It may have come with wider permissions out of a copy of the folder.
            fchmod(descriptor, 0o600)
            clinux_lock_wait(descriptor)
        }
        return FileDescriptor(owning: descriptor)
    }

    private static func isOurs(_ descriptor: Int32) -> Bool {
        var status = clinux_status()
        return unsafe clinux_fstat(descriptor, &status) == 0 && status.owner == geteuid()
            && status.mode & UInt32(S_IFMT) == UInt32(S_IFREG)
    }

    /// Makes a directory, and those above it, with mode 0700 where it is missing.
    package static func makeDirectory(_ path: String) throws(Failure) {
        if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw .system(SystemError("making the folder \(path.sanitised())"))
        }
        try makeDirectory(String(path[..<slash]))
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw .system(SystemError("making the folder \(path.sanitised())"))
        }
    }

    /// Gives a file its final name, unless that is taken already.
    /// - Returns: whether it was renamed.
    package static func publish(_ temporary: String, as path: String) throws(Failure) -> Bool {
        guard unsafe clinux_rename_new(temporary, path) == 0 else {
            if errno == EEXIST { return false }
            throw .system(SystemError("creating \(path.sanitised())"))
        }
        syncDirectory(of: path)
        return true
    }

    private static func failure(_ path: String) -> Failure {
        switch errno {
        case ENOENT, ENOTDIR: .missing
        case ELOOP: .refused(Refusal(path: path, reason: "is a symbolic link"))
        default: .system(SystemError("opening \(path.sanitised())"))
        }
    }

    /// Makes a rename or a new name durable.
    ///
    /// A file system that cannot do it is no reason to fail.
    package static func syncDirectory(of path: String) {
        let descriptor = unsafe clinux_open(folder(of: path), O_RDONLY | O_DIRECTORY, 0)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Whether a name stands for the opened file: it may have been published, replaced or removed
    /// meanwhile, and another file begun under that name.
    package static func isStill(_ path: String, _ descriptor: Int32) -> Bool {
        var named = clinux_status()
        var opened = clinux_status()
        return unsafe clinux_lstat(path, &named) == 0 && clinux_fstat(descriptor, &opened) == 0
            && named.inode == opened.inode && named.device == opened.device
    }

    /// All names in a folder, in no order; none where it cannot be read.
    package static func names(in folder: String) -> [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            names.append(
                unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                        unsafe String(cString: name)
                    }
                })
        }
        return names
    }

    /// The folder that a path's last name stands in.
    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
