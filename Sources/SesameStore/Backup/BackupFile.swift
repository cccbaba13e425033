import CLinux
import Glibc
import SesameAge
import SesameCrypto
import SesameSecrets
import SesameSystem

/// A backup file that is being written: an age file (age-encryption.org/v1), under a passing name until
/// it is complete and durable.
struct SealedBackup: ~Copyable {
    private let path: String
    private let draft: FileDraft
    private var writer: AgeWriter

    /// Makes the draft and writes the header; stretching a passphrase takes most of a second.
    static func making(
        _ path: String, for recipients: AgeRecipients, random: any RandomSource
    ) throws(StoreError) -> SealedBackup {
        var status = clinux_status()
        guard unsafe clinux_lstat(path, &status) != 0 else {
            throw StoreError(
                .usage, "there is a file at \(path.sanitised()) already; choose another name")
        }
        FileDraft.removeAbandoned(of: path)
        let draft = try draft(path)
        let writer: AgeWriter
        do throws(StoreError) {
            writer = try Self.writer(to: draft.descriptor, recipients, random)
        } catch {
            draft.discard()
            throw error
        }
        return SealedBackup(path: path, draft: draft, writer: writer)
    }

    private static func writer(
        to descriptor: Int32, _ recipients: AgeRecipients, _ random: any RandomSource
    ) throws(StoreError) -> AgeWriter {
        do throws(AgeError) {
            return try AgeWriter(for: recipients, random: random) { bytes in
                try FileDescriptor.writeAll(bytes, to: descriptor)
            }
        } catch {
            throw StoreError(writing: error)
        }
    }

    private static func draft(_ path: String) throws(StoreError) -> FileDraft {
        do throws(PrivateFile.Failure) { return try FileDraft(of: path) } catch {
            if case .system(let cause) = error, [ENOENT, ENOTDIR, EISDIR].contains(cause.code) {
                throw StoreError(.usage, "the backup cannot be written: \(error)")
            }
            throw .backupUnwritable("\(error)")
        }
    }

    mutating func write(_ line: BackupLine) throws(StoreError) {
        let text = line.text
        // What could not be read again must not be written.
        guard text.count <= BackupLine.limit else {
            throw StoreError(.internal, "a profile holds more than a backup can")
        }
        do throws(AgeError) {
            try text.withBytes { bytes throws(AgeError) in try writer.write(bytes) }
        } catch {
            throw StoreError(writing: error)
        }
    }

    /// Gives the file its name.
    /// - Returns: its size in bytes.
    consuming func publish() throws(StoreError) -> Int64 {
        do throws(AgeError) { try writer.finish() } catch { throw StoreError(writing: error) }
        var status = clinux_status()
        do throws(SystemError) {
            try draft.sync()
            guard unsafe clinux_fstat(draft.descriptor, &status) == 0 else {
                throw SystemError("examining \(path.sanitised())")
            }
        } catch {
            throw .backupUnwritable("\(error)")
        }
        do throws(PrivateFile.Failure) {
            try draft.publish()
        } catch {
            throw .backupUnwritable("\(error)")
        }
        return Int64(clamping: status.size)
    }

    /// Removes what was written.
    consuming func discard() { draft.discard() }
}

/// The lines of a backup file, in order.
struct OpenedBackup: ~Copyable {
    private var reader: AgeReader
    private var line = SecretBuffer(capacity: 4096)
    private var piece = Secret(SecretBuffer())
    private var position = 0

    /// Reads the header, and finds the key; stretching a passphrase takes most of a second.
    init(at path: String, with opener: AgeOpener) throws(StoreError) {
        reader = try Self.reader(of: path, opener)
    }

    private static func reader(
        of path: String, _ opener: AgeOpener
    ) throws(StoreError) -> AgeReader {
        let descriptor = unsafe clinux_open(path, O_RDONLY | O_NONBLOCK, 0)
        guard descriptor >= 0 else {
            throw StoreError(.usage, "\(SystemError("opening \(path.sanitised())"))")
        }
        let file = FileDescriptor(owning: descriptor)
        do throws(AgeError) {
            return try AgeReader(
                opening: { try FileDescriptor.readSome(file.number, atMost: $0) }, with: opener)
        } catch {
            throw StoreError(reading: error)
        }
    }

    /// The next line; `nil` at the end of the file, which was whole then.
    mutating func next() throws(StoreError) -> BackupLine? {
        while true {
            if let line = try takeLine() { return try BackupLine(line) }
            let next: Secret?
            do throws(AgeError) { next = try reader.next() } catch {
                throw StoreError(reading: error)
            }
            guard let next else {
                guard line.count == 0 else { throw .badBackup }
                return nil
            }
            piece = next
            position = 0
        }
    }

    /// The rest of the line, if its end is in this piece; else what there is of it is kept.
    private mutating func takeLine() throws(StoreError) -> Secret? {
        let start = position
        let end = piece.withBytes { bytes in
            (start..<bytes.count).first { bytes[$0] == UInt8(ascii: "\n") }
        }
        let stop = end ?? piece.count
        guard line.count + stop - start <= BackupLine.limit else { throw .badBackup }
        piece.withBytes { line.append($0.extracting(start..<stop)) }
        position = end.map { $0 + 1 } ?? stop
        guard end != nil else { return nil }
        var whole = SecretBuffer(capacity: 4096)
        swap(&whole, &line)
        return Secret(whole)
    }
}

extension StoreError {
    fileprivate static func backupUnwritable(_ why: String) -> StoreError {
        StoreError(.unwritable, "the backup cannot be written (\(why)); check folder and space")
    }

    fileprivate init(writing error: AgeError) {
        switch error.code {
        case .recipient: self.init(.usage, error.message)
        case .transfer: self = .backupUnwritable(error.message)
        default: self.init(.internal, "the backup cannot be sealed: \(error.message)")
        }
    }

    fileprivate init(reading error: AgeError) {
        switch error.code {
        case .noMatch:
            self.init(
                .keyWrong,
                "the backup does not open with this: \(error.message). Nothing was changed")
        case .identity, .armored: self.init(.usage, error.message)
        case .transfer: self.init(.busy, "the backup cannot be read: \(error.message)")
        case .internal: self.init(.internal, "the backup cannot be opened: \(error.message)")
        default:
            self.init(.damaged, "the backup is damaged (\(error.message)). Nothing was changed")
        }
    }
}
