import CLinux
import Glibc
import SesameSecrets

/// Who may do what with a file.
package struct FilePermissions: Sendable, Hashable {
    /// The bits of its mode.
    package var mode: UInt32
    /// The number of its owner; `nil` for the process's own.
    package var owner: UInt32?
    /// The number of its group; `nil` for the one that a new file gets in its folder.
    package var group: UInt32?

    package init(mode: UInt32, owner: UInt32? = nil, group: UInt32? = nil) {
        self.mode = mode
        self.owner = owner
        self.group = group
    }

    /// Nobody but the process's own user.
    package static let ownerOnly = FilePermissions(mode: 0o600)

    /// Whether an opened file has them, is a regular file and has no second name.
    func areSet(on descriptor: Int32) -> Bool {
        var status = clinux_status()
        return unsafe clinux_fstat(descriptor, &status) == 0 && status.links == 1
            && status.mode & UInt32(S_IFMT) == UInt32(S_IFREG) && status.mode & 0o7777 == mode
            && status.owner == owner ?? geteuid() && (group == nil || status.group == group)
    }

    /// Sets them; says what went wrong, if anything did.
    ///
    /// Owner and group are left alone where they are right: a service may be forbidden to change any.
    func failureToSet(on descriptor: Int32, _ name: String) -> SystemError? {
        var status = clinux_status()
        guard unsafe clinux_fstat(descriptor, &status) == 0 else {
            return SystemError("examining \(name.sanitised())")
        }
        let (owner, group) = (owner ?? status.owner, group ?? status.group)
        if owner != status.owner || group != status.group {
            guard fchown(descriptor, owner, group) == 0 else {
                return SystemError("giving \(name.sanitised()) to its owner and group")
            }
        }
        guard fchmod(descriptor, mode) == 0 else {
            return SystemError("setting the mode of \(name.sanitised())")
        }
        return nil
    }
}
