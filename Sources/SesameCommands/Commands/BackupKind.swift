import CLinux
import Glibc
import SesameSecrets
import SesameSystem

/// What opens a backup, by the first lines of the file: nobody is asked for what would not fit.
enum BackupKind: Equatable {
    case passphrase
    case recipients
    /// The broker will tell.
    case unknown

    /// Looks into the file.
    init(of path: String) throws(Failure) {
        let descriptor = unsafe clinux_open(path, O_RDONLY | O_NONBLOCK, 0)
        guard descriptor >= 0 else {
            throw Failure.usage("\(SystemError("opening \(path.sanitised())"))")
        }
        let file = FileDescriptor(owning: descriptor)
        // age-encryption.org/v1: a line of the version, then one `-> TYPE …` for each who can open it.
        let version = try Self.line(of: file.number)
        let stanza = version == "age-encryption.org/v1" ? try Self.line(of: file.number) : ""
        self =
            stanza.hasPrefix("-> scrypt ")
            ? .passphrase : stanza.hasPrefix("-> X25519 ") ? .recipients : .unknown
    }

    private static func line(of descriptor: Int32) throws(Failure) -> String {
        do throws(SystemError) {
            return try FileDescriptor.readLine(descriptor, limit: 200)?.dangerouslyRevealedText()
                ?? ""
        } catch {
            guard error.code != EFBIG else { return "" }
            throw Failure.usage("the backup cannot be read: \(error)")
        }
    }
}
