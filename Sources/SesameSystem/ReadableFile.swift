import CLinux
import Glibc
import SesameSecrets

/// A file that is read from its beginning to its end, a piece at a time.
package final class ReadableFile: Sendable {
    private let file: FileDescriptor

    /// Opens it.
    package init(_ path: String) throws(SystemError) {
        let number = unsafe clinux_open(path, O_RDONLY, 0)
        guard number >= 0 else { throw SystemError("opening \(path.sanitised())") }
        file = FileDescriptor(owning: number)
    }

    /// Which file it is, and how it stands.
    package struct Standing: Hashable, Sendable {
        private let device: UInt64
        private let inode: UInt64
        /// In bytes.
        package let size: Int64
        private let modified: [Int64]

        /// `nil` for what is no regular file.
        fileprivate init?(_ status: clinux_status) {
            guard status.mode & UInt32(S_IFMT) == UInt32(S_IFREG) else { return nil }
            device = status.device
            inode = status.inode
            size = Int64(clamping: status.size)
            modified = [status.modified_seconds, status.modified_nanoseconds]
        }
    }

    /// How it stands now; `nil` where it is no regular file, or nobody can tell.
    package var standing: Standing? {
        var status = clinux_status()
        return unsafe clinux_fstat(file.number, &status) == 0 ? Standing(status) : nil
    }

    /// How what has this name stands, without opening it: a FIFO would make us wait, and a network.
    package static func standing(of path: String) -> Standing? {
        var status = clinux_status()
        return unsafe clinux_stat(path, &status) == 0 ? Standing(status) : nil
    }

    /// The next bytes; none at the end.
    package func next(atMost limit: Int) throws(SystemError) -> [UInt8] {
        try FileDescriptor.readSome(file.number, atMost: limit)
    }
}
