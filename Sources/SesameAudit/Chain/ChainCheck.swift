import CLinux
import SesameJSON
import SesameSecrets
import SesameSystem

/// What a look at every record of a trail has found.
package struct AuditVerification: Sendable {
    /// Something that is not as it was written.
    package struct Flaw: Sendable, Equatable {
        /// The file's name, without its folder.
        package let file: String
        /// The line in it, from 1; `nil` where it is about no line.
        package let line: Int?
        package let reason: String
    }

    /// How many records are whole.
    package var records: Int64 = 0
    /// The number of the first one.
    package var first: Int64?
    /// The last one.
    package var head: AuditHead?
    /// The files, the oldest first.
    package var files: [String] = []
    /// What is wrong; not more than ``mostFlaws`` of it.
    package var flaws: [Flaw] = []
    /// What the trail says of itself and a person should know.
    package var notes: [String] = []
    /// Where the head is remembered; `nil` for nowhere.
    package var anchor: String?
    /// The number of the record that is remembered there; `nil` for none.
    package var remembered: Int64?

    package static let mostFlaws = 20
}

/// Follows a chain from its first record to its last.
struct ChainCheck {
    private let files: ChainFiles
    private var result = AuditVerification()
    /// What the next record must follow; `nil` where that is not known.
    private var expected: AuditHead?
    /// What the first record of all follows.
    private var beginning: (head: AuditHead, file: String)?
    /// What the trail says about removed records.
    private var dropped: [AuditHead] = []
    private var marks: [AuditHead]

    /// - Parameter marks: records that were seen before, and must be there.
    init(at path: String, marks: [AuditHead]) {
        files = ChainFiles(path: path)
        self.marks = marks
    }

    static func run(
        at path: String, memory: (any OutsideMemory)?, seen: AuditHead?
    ) throws(AuditError) -> AuditVerification {
        let remembered = memory?.read().flatMap { AuditHead($0) }
        var check = ChainCheck(at: path, marks: [remembered, seen].compactMap(\.self))
        var result = try check.run()
        result.anchor = memory?.place
        result.remembered = remembered?.sequence
        return result
    }

    private mutating func run() throws(AuditError) -> AuditVerification {
        for (file, size) in try snapshot() { try follow(file, size) }
        checkBeginning()
        for mark in Set(marks).sorted(by: { $0.sequence < $1.sequence }) {
            let isCut = mark.sequence > result.head?.sequence ?? 0
            // What is older than all that is kept can say nothing.
            guard isCut || mark.sequence >= result.first ?? 1 else { continue }
            add(
                result.files.last ?? "audit.log", nil,
                isCut
                    ? "ends too early: record \(mark.sequence) was there before"
                    : "record \(mark.sequence) is not the one that was there before")
        }
        if !files.aside.isEmpty {
            result.notes.append("kept aside: " + files.aside.joined(separator: ", "))
        }
        return result
    }

    /// All files with their sizes at one moment between two writes.
    private func snapshot() throws(AuditError) -> [(ChainFile, Int64)] {
        let current = try ChainFiles.open(files.path)
        let look = { () throws(AuditError) -> [(ChainFile, Int64)] in
            var all: [(ChainFile, Int64)] = []
            for full in files.older {
                if let file = try ChainFiles.open(full.path) { all.append((file, try file.size)) }
            }
            return all
        }
        guard let current else { return try look() }
        let all = try current.locked { () throws(AuditError) -> [(ChainFile, Int64)]? in
            guard PrivateFile.isStill(current.path, current.number) else { return nil }
            return try look() + [(current, try current.size)]
        }
        // It became full between the two looks.
        guard let all else { return try snapshot() }
        return all
    }

    private mutating func follow(_ file: ChainFile, _ size: Int64) throws(AuditError) {
        result.files.append(file.name)
        var lines = FileLines(of: file.number, 0..<size)
        var number = 0
        while let line = try file.reading({ () throws(SystemError) in try lines.next() }) {
            number += 1
            guard line.isEnded else {
                add(file.name, number, "is not whole: cut off, or a crash that is not mended yet")
                expected = nil
                continue
            }
            do throws(ChainLine.Flaw) {
                take(try ChainLine(line.bytes), line.bytes, file.name, number)
            } catch {
                add(file.name, number, error.rawValue)
                expected = nil
            }
        }
    }

    private mutating func take(
        _ record: ChainLine, _ bytes: ArraySlice<UInt8>, _ file: String, _ number: Int
    ) {
        if beginning == nil, result.flaws.isEmpty {
            let before = AuditHead(sequence: record.head.sequence - 1, hash: record.previous)
            beginning = (before, file)
        } else if let expected,
            expected.sequence + 1 != record.head.sequence || expected.hash != record.previous
        {
            add(file, number, "does not follow the line before")
        }
        result.records += 1
        result.first = result.first ?? record.head.sequence
        expected = record.head
        result.head = record.head
        marks.removeAll { $0 == record.head }
        if ChainLine.isNote(bytes) { takeNote(bytes, file, number) }
    }

    private mutating func takeNote(_ bytes: ArraySlice<UInt8>, _ file: String, _ number: Int) {
        let json = try? JSON(parsing: Secret(copying: bytes.span))
        let sentence = (json?["detail"]?.string ?? "").sanitised()
        switch json?["outcome"]?.string {
        case "dropped":
            guard let sequence = json?["record"]?.integer, let hash = json?["record_hash"]?.string
            else { return add(file, number, "says nothing that can be understood") }
            dropped.append(AuditHead(sequence: sequence, hash: hash))
        case "broken": add(file, number, "says: \(sentence)")
        case "mended", "unrecorded":
            if result.notes.count < AuditVerification.mostFlaws {
                result.notes.append("\(file), line \(number): \(sentence)")
            }
        default: break
        }
    }

    /// Either the first record of all is here, or the trail says that those before were removed.
    private mutating func checkBeginning() {
        guard let beginning, beginning.head != .none, !dropped.contains(beginning.head) else {
            return
        }
        add(
            beginning.file, 1, "is the first, but the records before it were not removed by Sesame")
    }

    private mutating func add(_ file: String, _ line: Int?, _ reason: String) {
        guard result.flaws.count < AuditVerification.mostFlaws else { return }
        result.flaws.append(AuditVerification.Flaw(file: file, line: line, reason: reason))
    }
}
