import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameAudit

@Suite struct `An audit trail that somebody changed` {
    private let ledger = Ledger()
    private let copy = TemporaryFolder()

    @Test func `is noticed, whichever bit of it was changed`() async throws {
        try await ledger.fill(1)
        ledger.memory.forget()
        let whole = try ledger.contents
        #expect(try await ledger.verify().flaws.isEmpty)
        try await offPool { [self] in
            for index in whole.indices {
                for bit in 0..<8 {
                    var changed = whole
                    changed[index] ^= 1 << UInt8(bit)
                    let flaws = try flaws(of: changed)
                    #expect(!flaws.isEmpty, "bit \(bit) of byte \(index)")
                }
            }
        }
    }

    @Test func `is noticed by the line that was changed`() async throws {
        try await ledger.fill(5)
        var lines = try ledger.lines
        let mark = try #require(lines[3].firstIndex(of: UInt8(ascii: "G")))
        lines[3][mark] = UInt8(ascii: "P")
        let flaws = try flaws(of: Array(lines.joined()))
        #expect(flaws.map(\.line) == [4] && flaws.first?.file == "audit.log")
        #expect(flaws.first?.reason.contains("was changed") == true)
    }

    @Test func `is noticed when a line is gone, comes twice, or stands elsewhere`() async throws {
        try await ledger.fill(4)
        let lines = try ledger.lines
        for index in lines.indices.dropLast() {
            var without = lines
            without.remove(at: index)
            #expect(!(try flaws(of: Array(without.joined())).isEmpty), "without line \(index + 1)")
        }
        for first in lines.indices {
            var twice = lines
            twice.insert(lines[first], at: first)
            #expect(!(try flaws(of: Array(twice.joined())).isEmpty), "line \(first + 1) twice")
            for second in lines.indices where second > first {
                var swapped = lines
                swapped.swapAt(first, second)
                #expect(!(try flaws(of: Array(swapped.joined())).isEmpty), "\(first), \(second)")
            }
        }
    }

    @Test func `is noticed when it was cut, at whichever byte`() async throws {
        try await ledger.fill(3)
        let whole = try ledger.contents
        try await offPool { [self] in
            for length in whole.indices {
                let flaws = try flaws(of: Array(whole[..<length]), ledger.memory)
                #expect(flaws.contains { $0.reason.contains("ends too early") }, "\(length) bytes")
            }
        }
    }

    /// Whoever can write the file can compute a new chain, but not what was remembered of the old one.
    @Test func `is noticed when it was written anew`() async throws {
        try await ledger.fill(3)
        let forged = Ledger()
        try await forged.fill(20, "forged")
        let flaws = try flaws(of: try forged.contents, ledger.memory)
        #expect(flaws.map(\.reason) == ["record 4 is not the one that was there before"])
        #expect(try self.flaws(of: try forged.contents).isEmpty, "nothing else shows it")
    }

    @Test(arguments: ["cut", "removed", "written anew"])
    func `is found out by the next record, which says so for good`(how: String) async throws {
        try await ledger.fill(3)
        let before = try #require(ledger.memory.head)
        switch how {
        case "cut": try ledger.replace(Array(try ledger.lines.dropLast().joined()))
        case "removed": unsafe unlink(ledger.path)
        default:
            let forged = Ledger()
            try await forged.fill(20, "forged")
            try ledger.replace(try forged.contents)
        }
        try await ledger.fill(1, "later")
        #expect(try #require(ledger.memory.head) != before)
        let flaws = try await ledger.verify().flaws
        #expect(flaws.count == 1)
        #expect(flaws.first?.reason.contains("says: record \(before.sequence) was here") == true)
    }

    /// A broker that runs needs nobody to remember.
    @Test func `is found out by the broker that has written it`() async throws {
        let trail = try ledger.trail { $0.memory = { _ in nil } }
        for number in 0..<3 { try await trail.record(.request("work", number)) }
        try ledger.replace(Array(try ledger.lines.dropLast().joined()))
        #expect(try await trail.verify().flaws.map(\.reason).count == 1)
        try await trail.record(.request("work", 4))
        #expect(try await ledger.verify().flaws.first?.reason.contains("record 4 was here") == true)
    }

    @Test(arguments: ["others may read it", "a link", "a folder"])
    func `is not written where it is no private file`(kind: String) async throws {
        ledger.settings.withLock { $0.isRequired = true }
        switch kind {
        case "a link":
            try #require(unsafe symlink("/dev/null", ledger.path) == 0)
        case "a folder": try #require(unsafe mkdir(ledger.path, 0o700) == 0)
        default:
            try ledger.replace([])
            unsafe chmod(ledger.path, 0o644)
        }
        let trail = try ledger.trail()
        await #expect(throws: AuditError.self) { try await trail.record(.token("work")) }
    }

    private func flaws(
        of contents: [UInt8], _ memory: (any OutsideMemory)? = nil
    ) throws -> [AuditVerification.Flaw] {
        try Ledger.write(contents, to: copy.file("audit.log"))
        return try ChainCheck.run(at: copy.file("audit.log"), memory: memory, seen: nil).flaws
    }
}
