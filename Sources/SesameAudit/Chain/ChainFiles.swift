import CLinux
import Glibc
import SesameSecrets
import SesameSystem

/// The files of a trail: the one that is written, and full ones beside it, each named by the number of
/// its first record.
struct ChainFiles {
    let path: String

    /// A full file.
    struct Older {
        let first: Int64
        let path: String
    }

    /// The full files, the oldest first.
    var older: [Older] {
        names.compactMap { name in
            let digits = name.dropFirst(prefix.count)
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), digits.first != "0",
                let first = Int64(digits)
            else { return nil }
            return Older(first: first, path: "\(folder)/\(name)")
        }.sorted { $0.first < $1.first }
    }

    /// What was taken from the end of a file because it was no record.
    var aside: [String] { names.filter { $0.hasPrefix(prefix + Self.asideInfix) }.sorted() }

    /// The name of a full file.
    func name(ofFullFile first: Int64) -> String { "\(path).\(first)" }

    /// A name for what is taken from the end, which nothing has yet.
    func nameForAside(before next: Int64) -> String {
        var name = "\(path).\(Self.asideInfix)\(next)"
        var number = 1
        var status = clinux_status()
        while unsafe clinux_lstat(name, &status) == 0 {
            number += 1
            name = "\(path).\(Self.asideInfix)\(next)-\(number)"
        }
        return name
    }

    /// A file opened for reading; `nil` where there is none.
    static func open(_ path: String) throws(AuditError) -> ChainFile? {
        let number = unsafe clinux_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)
        if number < 0, errno == ENOENT { return nil }
        return try ChainFile(owning: number, path)
    }

    /// The file that is written, opened for that and made where it is missing.
    func openForAppending() throws(AuditError) -> ChainFile {
        do throws(PrivateFile.Failure) {
            try PrivateFile.makeDirectory(folder)
        } catch {
            throw AuditError("\(error)")
        }
        let flags = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK
        return try ChainFile(owning: unsafe clinux_open(path, flags, 0o600), path)
    }

    private var folder: String { PrivateFile.folder(of: path) }
    private var prefix: String { (path.split(separator: "/").last.map(String.init) ?? path) + "." }
    private var names: [String] {
        PrivateFile.names(in: folder).filter { $0.hasPrefix(prefix) }
    }

    private static let asideInfix = "torn-"
}

/// One file of a trail, open.
final class ChainFile: Sendable {
    let path: String
    private let descriptor: FileDescriptor

    /// Takes over what clinux_open gave.
    fileprivate init(owning number: Int32, _ path: String) throws(AuditError) {
        guard number >= 0 else {
            throw AuditError(
                errno == ELOOP
                    ? "\(path.sanitised()) is a symbolic link"
                    : "\(SystemError("opening \(path.sanitised())"))")
        }
        self.path = path
        descriptor = FileDescriptor(owning: number)
        if let objection = PrivateFile.objection(to: number) {
            throw AuditError("\(path.sanitised()) \(objection)")
        }
    }

    var number: Int32 { descriptor.number }

    /// The name alone, for people.
    var name: String { path.split(separator: "/").last.map { String($0) } ?? path }

    var size: Int64 {
        get throws(AuditError) {
            var status = clinux_status()
            guard unsafe clinux_fstat(number, &status) == 0 else {
                throw AuditError("\(SystemError("examining \(path.sanitised())"))")
            }
            return Int64(status.size)
        }
    }

    /// Runs `body` while no other process writes.
    ///
    /// The lock is on the file itself, which nobody else can open: other users cannot keep us waiting. A process
    /// of our own that stands still with it cannot, either, for more than a second.
    func locked<Value>(_ body: () throws(AuditError) -> Value) throws(AuditError) -> Value {
        // Where somebody has waited in vain, the others look once, until it is given back.
        let isStuck = Self.stuck.withLock { [path] in $0.contains(path) }
        let deadline = SystemTime().uptime + (isStuck ? .zero : .seconds(1))
        while clinux_lock(number) != 0 {
            // A file system without locks is one that no two processes share.
            guard errno == EWOULDBLOCK || errno == EINTR else { break }
            guard SystemTime().uptime < deadline else {
                Self.stuck.withLock { [path] in _ = $0.insert(path) }
                throw AuditError("another process holds the lock of \(path.sanitised())")
            }
            usleep(2000)
        }
        defer { clinux_unlock(number) }
        if isStuck { Self.stuck.withLock { [path] in _ = $0.remove(path) } }
        return try body()
    }

    /// Files whose lock somebody holds and does not give back.
    private static let stuck = Locked<Set<String>>([])

    /// Makes what was written durable.
    func sync() { fdatasync(number) }

    /// The last whole record, and where it ends; `nil` where there is none.
    func lastRecord() throws(AuditError) -> (head: AuditHead, end: Int64)? {
        var lines = BackwardLines(of: number, endingAt: try size)
        while let line = try reading({ () throws(SystemError) in try lines.next() }) {
            if line.isEnded, let record = try? ChainLine(line.bytes) {
                return (record.head, line.end)
            }
        }
        return nil
    }

    /// The record of a number; `nil` where there is none, or a damaged one.
    func record(_ sequence: Int64) throws(AuditError) -> AuditHead? {
        var lines = BackwardLines(of: number, endingAt: try size)
        while let line = try reading({ () throws(SystemError) in try lines.next() }) {
            guard let own = ChainLine.sequence(of: line.bytes), own <= sequence else { continue }
            return own == sequence ? (try? ChainLine(line.bytes))?.head : nil
        }
        return nil
    }

    /// The first record: its number, and what it follows.
    func firstRecord() throws(AuditError) -> (sequence: Int64, previous: String)? {
        let range = 0..<(try size)
        let first = try reading { () throws(SystemError) in
            var lines = FileLines(of: number, range)
            return try lines.next()
        }
        guard let first, let record = try? ChainLine(first.bytes) else { return nil }
        return (record.head.sequence, record.previous)
    }

    func reading<Value>(_ body: () throws(SystemError) -> Value) throws(AuditError) -> Value {
        do throws(SystemError) { return try body() } catch {
            throw AuditError("\(path.sanitised()): \(error)")
        }
    }
}
