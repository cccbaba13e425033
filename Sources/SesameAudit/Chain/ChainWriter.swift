import CLinux
import Glibc
import SesameCrypto
import SesameJSON
import SesameSecrets
import SesameSystem

/// Writes records behind the one that is really the last, whoever has written that.
///
/// Several processes share the files: each takes the lock for one write, and looks before it whether
/// the others have written, filled the file, or been killed in the middle of a line.
struct ChainWriter {
    /// How a trail is kept.
    struct Limits {
        var size: Int64
        var keep: Int
    }

    private let files: ChainFiles
    private let memory: (any OutsideMemory)?
    private var file: ChainFile?
    /// How large the open file was after our last look, and its last record then.
    private var known: (size: Int64, head: AuditHead)?
    /// The last record that this process has seen: it must never be missing again.
    private(set) var head: AuditHead?
    /// What was remembered and is missing, as the trail says now: it may be forgotten.
    private(set) var missed: AuditHead?

    init(at path: String, memory: (any OutsideMemory)?) {
        files = ChainFiles(path: path)
        self.memory = memory
    }

    /// The file that was written last.
    var current: ChainFile? { file }

    /// Writes records, in one piece, and gives the head after each.
    ///
    /// Nothing of them counts when this throws: half a line is mended by whoever writes next.
    mutating func append(
        _ records: [[(String, JSONValue)]], at now: Timestamp, _ limits: Limits
    ) throws(AuditError) -> [AuditHead] {
        while true {
            let file = try currentFile()
            let heads = try file.locked { () throws(AuditError) -> [AuditHead]? in
                guard PrivateFile.isStill(file.path, file.number) else {
                    forgetFile()
                    return nil
                }
                return try append(records, at: now, limits, to: file)
            }
            if let heads { return heads }
        }
    }

    /// - Returns: `nil` where the file was full and has made way for another.
    private mutating func append(
        _ records: [[(String, JSONValue)]], at now: Timestamp, _ limits: Limits, to file: ChainFile
    ) throws(AuditError) -> [AuditHead]? {
        var notes: [AuditNote] = []
        var removable: [ChainFiles.Older] = []
        let size = try file.size
        var head = try caughtUp(with: file, size)
        if head == nil {
            (head, notes, removable) = try look(at: file, keep: limits.keep)
        } else if size >= limits.size, makeWay(file) {
            return nil
        }
        var (bytes, heads): ([UInt8], [AuditHead]) = ([], [])
        var last = head ?? .none
        for members in notes.map(\.members) + records {
            let line = ChainLine.following(last, [("time", .string(now.description))] + members)
            bytes += line.bytes
            last = line.head
            heads.append(line.head)
        }
        try write(bytes, to: file)
        known = (try file.size, last)
        self.head = last
        for old in removable { unsafe unlink(old.path) }
        return Array(heads.suffix(records.count))
    }

    private mutating func write(_ bytes: [UInt8], to file: ChainFile) throws(AuditError) {
        known = nil
        do throws(SystemError) {
            try FileDescriptor.writeAll(bytes.span, to: file.number)
        } catch {
            throw AuditError("\(file.path.sanitised()): \(error)")
        }
    }

    /// The last record, where all that others have written since our last look follows from it.
    private mutating func caughtUp(
        with file: ChainFile, _ size: Int64
    ) throws(AuditError) -> AuditHead? {
        guard let known, known.size <= size else { return nil }
        var head = known.head
        var lines = FileLines(of: file.number, known.size..<size)
        while let line = try file.reading({ () throws(SystemError) in try lines.next() }) {
            guard line.isEnded, let record = try? ChainLine(line.bytes),
                record.previous == head.hash, record.head.sequence == head.sequence + 1
            else { return nil }
            head = record.head
        }
        return head
    }

    /// Finds the last record in the files themselves, and what has to be said of them.
    private mutating func look(
        at file: ChainFile, keep: Int
    ) throws(AuditError) -> (AuditHead, [AuditNote], removable: [ChainFiles.Older]) {
        var notes: [AuditNote] = []
        var removable: [ChainFiles.Older] = []
        let older = files.older
        let last = try file.lastRecord()
        if try last?.end ?? 0 < file.size {
            notes.append(try setAside(from: last?.end ?? 0, of: file, last?.head))
        }
        var head = last?.head
        if head == nil, let newest = older.last, let full = try ChainFiles.open(newest.path) {
            head = try full.lastRecord()?.head
            notes.append(.continued(after: full.name))
            removable = Array(older.dropLast(keep))
            if !removable.isEmpty, let kept = try firstKept(older.suffix(keep), head) {
                notes.append(.dropped(through: kept))
            }
        } else if head == nil {
            notes.append(.begun)
        }
        if let missing = try missing(behind: head ?? .none, file, older) {
            notes.append(.broken(remembered: missing))
            missed = missing
        }
        return (head ?? .none, notes, removable)
    }

    /// What the oldest file that stays follows.
    private func firstKept(
        _ kept: ArraySlice<ChainFiles.Older>, _ head: AuditHead?
    ) throws(AuditError) -> AuditHead? {
        guard let oldest = kept.first else { return head }
        guard let record = try ChainFiles.open(oldest.path)?.firstRecord() else { return nil }
        return AuditHead(sequence: record.sequence - 1, hash: record.previous)
    }

    /// A record that was seen before, by this process or as it is remembered outside, and is not there.
    private func missing(
        behind head: AuditHead, _ file: ChainFile, _ older: [ChainFiles.Older]
    ) throws(AuditError) -> AuditHead? {
        let remembered = memory?.read().flatMap { AuditHead($0) }
        let marks = [remembered, self.head].compactMap(\.self)
        guard let mark = marks.max(by: { $0.sequence < $1.sequence }), mark != head else {
            return nil
        }
        guard mark.sequence <= head.sequence else { return mark }
        if let found = try file.record(mark.sequence) { return found == mark ? nil : mark }
        guard let home = older.last(where: { $0.first <= mark.sequence }) else {
            let first = try file.firstRecord()?.sequence
            // Too old to be kept.
            return mark.sequence < older.first?.first ?? first ?? 1 ? nil : mark
        }
        return try ChainFiles.open(home.path)?.record(mark.sequence) == mark ? nil : mark
    }

    /// Keeps what is no record in a file of its own, and takes it from the end.
    private func setAside(
        from end: Int64, of file: ChainFile, _ head: AuditHead?
    ) throws(AuditError) -> AuditNote {
        let (number, size) = (file.number, try file.size)
        let torn = try file.reading { () throws(SystemError) -> [UInt8] in
            try bytes(of: number, end..<size)
        }
        let path = files.nameForAside(before: (head?.sequence ?? 0) + 1)
        do throws(PrivateFile.Failure) {
            try PrivateFile.create(path, Secret(copying: torn))
        } catch {
            throw AuditError("\(error)")
        }
        guard ftruncate(number, off_t(end)) == 0 else {
            throw AuditError("\(SystemError("mending \(file.path.sanitised())"))")
        }
        let digest = SHA256.digest(torn.span).dangerouslyRevealedBytes()
        let name = path.split(separator: "/").last.map { String($0) } ?? path
        return .mended(bytes: size - end, digest: hexadecimal(digest), aside: name)
    }

    /// Gives a full file its own name; the next one is begun by whoever comes first.
    private mutating func makeWay(_ file: ChainFile) -> Bool {
        guard let first = (try? file.firstRecord())??.sequence,
            (try? PrivateFile.publish(file.path, as: files.name(ofFullFile: first))) == true
        else { return false }
        file.sync()
        forgetFile()
        return true
    }

    private mutating func forgetFile() { (file, known) = (nil, nil) }

    private mutating func currentFile() throws(AuditError) -> ChainFile {
        if let file { return file }
        let opened = try files.openForAppending()
        file = opened
        return opened
    }
}
