import Glibc
import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameAudit

@Suite struct `An audit trail whose file is full` {
    private let ledger = Ledger()

    @Test func `goes on in another, and the chain goes through both`() async throws {
        ledger.settings.withLock { $0.size = 2000 }
        try await ledger.fill(40)
        let found = try await ledger.verify()
        #expect(found.flaws.isEmpty, "\(found.flaws)")
        #expect(found.files.count > 3 && found.files.last == "audit.log")
        #expect(found.files.first == "audit.log.1", "a full file has its first record's number")
        #expect(found.records == Int64(40 + found.files.count))
        for name in found.files {
            let file = try PrivateFile.read(ledger.folder.file(name), limit: 1 << 20)
            #expect(file.count < 2000 + 1200)
        }
    }

    @Test func `keeps as many as it is told, and says what it has removed`() async throws {
        ledger.settings.withLock { ($0.size, $0.keep) = (2000, 2) }
        try await ledger.fill(60)
        let found = try await ledger.verify()
        #expect(found.flaws.isEmpty, "\(found.flaws)")
        #expect(found.files.count == 3)
        #expect(try #require(found.first) > 1)
    }

    @Test func `keeps one at the least: the one that is written`() async throws {
        ledger.settings.withLock { ($0.size, $0.keep) = (2000, 0) }
        try await ledger.fill(30)
        let found = try await ledger.verify()
        #expect(found.flaws.isEmpty && found.files == ["audit.log"], "\(found)")
    }

    @Test(arguments: [0, 1, 2])
    func `is noticed when a file is gone that Sesame has not removed`(which: Int) async throws {
        ledger.settings.withLock { $0.size = 2000 }
        try await ledger.fill(40)
        ledger.memory.forget()
        let name = try #require(try await ledger.verify().files.dropFirst(which).first)
        unsafe unlink(ledger.folder.file(name))
        #expect(try await ledger.verify().flaws.count == 1)
    }

    @Test func `goes on although the empty new one is all that a killed process has made`()
        async throws
    {
        try await ledger.fill(5)
        try #require(unsafe rename(ledger.path, ledger.path + ".1") == 0)
        try ledger.replace([])
        try await ledger.fill(5)
        let found = try await ledger.verify()
        #expect(found.flaws.isEmpty && found.records == 12 && found.files.count == 2, "\(found)")
    }

    @Test func `is read across files, from the end and from a number on`() async throws {
        ledger.settings.withLock { $0.size = 2000 }
        try await ledger.fill(40)
        let trail = try ledger.trail()
        let all = try await trail.records(AuditQuery(limit: 1000)).compactMap {
            $0.json["seq"]?.integer
        }
        #expect(all.first == 1 && all == all.sorted())
        let last = try await trail.records(AuditQuery(limit: 7)).compactMap {
            $0.json["seq"]?.integer
        }
        #expect(last == Array(all.suffix(7)))
        for after in [0, 1, 8, 20, 39] as [Int64] {
            var query = AuditQuery(limit: 7)
            query.after = after
            let next = try await trail.records(query).compactMap { $0.json["seq"]?.integer }
            #expect(next == Array(all.filter { $0 > after }.prefix(7)))
        }
    }

    @Test(arguments: [1, 1000, 16_384, 65_535, 65_536, 200_000])
    func `is read whatever the lengths of its lines`(length: Int) throws {
        let text = Array(repeating: UInt8(ascii: "x"), count: length) + [0x0A]
        let many = Array(repeating: text, count: 3).joined() + Array(repeating: 0x0A, count: 3)
        let path = ledger.folder.file("lines")
        try PrivateFile.create(path, Secret(copying: Array(many)))
        let file = try #require(try ChainFiles.open(path))
        let size = try file.size
        var (forward, backward) = (
            FileLines(of: file.number, 0..<size), BackwardLines(of: file.number, endingAt: size)
        )
        var (total, reverse): (Int64, Int64) = (0, size)
        while let line = try forward.next() {
            #expect(line.start == total)
            total = line.end
        }
        while let line = try backward.next() {
            #expect(line.end == reverse)
            reverse = line.start
        }
        #expect(total == size && reverse == 0)
    }
}
