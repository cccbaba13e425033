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

    /// The next bytes; none at the end.
    package func next(atMost limit: Int) throws(SystemError) -> [UInt8] {
        try FileDescriptor.readSome(file.number, atMost: limit)
    }
}
