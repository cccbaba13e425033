import Glibc
import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameAudit

@Suite struct `An audit trail after a crash` {
    private let ledger = Ledger()

    @Test func `goes on, and says what it found, whatever was written of the last line`()
        async throws
    {
        try await ledger.fill(2)
        ledger.memory.forget()
        let whole = try ledger.contents
        let start = whole.count - (try #require(try ledger.lines.last)).count
        for length in (start + 1)..<whole.count {
            let crashed = Ledger()
            try crashed.replace(Array(whole[..<length]))
            #expect(
                try await crashed.verify().flaws.first?.reason.hasPrefix("is not whole") == true)
            try await crashed.fill(1, "later")
            let found = try await crashed.verify()
            #expect(found.flaws.isEmpty && found.records == 4, "cut to \(length)")
            let aside = crashed.folder.file("audit.log.torn-3")
            #expect(
                try PrivateFile.read(aside, limit: 4096).dangerouslyRevealedBytes()
                    == Array(whole[start..<length]))
            #expect(found.notes.first?.contains("\(length - start) bytes") == true)
            #expect(found.notes.last == "kept aside: audit.log.torn-3")
        }
    }

    @Test func `begins anew where nothing whole was written yet`() async throws {
        try ledger.replace(Array(#"{"seq":1,"prev":"0000"#.utf8))
        try await ledger.fill(1)
        let found = try await ledger.verify()
        #expect(found.flaws.isEmpty && found.records == 3 && found.first == 1)
        #expect(ledger.names.contains("audit.log.torn-1"))
    }

    @Test func `never overwrites what was kept aside before`() async throws {
        try await ledger.fill(1)
        ledger.memory.forget()
        let whole = try ledger.contents
        for name in ["audit.log.torn-2", "audit.log.torn-2-2", "audit.log.torn-2-3"] {
            try ledger.cut(to: try ledger.lines[0].count + 5)
            try await ledger.fill(1)
            #expect(ledger.names.contains(name))
            ledger.memory.forget()
            try ledger.replace(whole)
        }
    }

    /// A limit on the size of files fails a write in its middle, as a full disk does.
    @Test(.enabled(if: ForeignProgram.isExpected("prlimit"), "prlimit is not installed"))
    func `is whole again once the disk is no longer full`() async throws {
        let worker = BuiltPrograms.path(of: "audit-worker")
        let full = try await ChildProcess.runAside(
            "prlimit", ["--fsize=1000:1000", worker, ledger.folder.path, "work", "9", "99999"])
        #expect(full.status == 1 && full.errors.contains("File too large"), "\(full.errors)")
        #expect(try ledger.contents.count == 1000, "it is cut in the middle of a line")
        let later = try await ChildProcess.runAside(
            worker, [ledger.folder.path, "work", "9", "99999"])
        #expect(later.status == 0, "\(later.errors)")
        let found = try await ledger.verify()
        #expect(found.flaws.isEmpty && found.records == 1 + 2 + 1 + 9, "\(found)")
        #expect(found.notes.contains { $0.contains("were no whole record") })
    }
}

@Suite struct `Processes that share an audit trail` {
    private let ledger = Ledger()

    @Test func `lose no record, and none comes between another's`() async throws {
        let names = ["a", "b", "c", "d"]
        let count = 200
        let workers = try names.map { name in
            try ChildProcess.start(
                BuiltPrograms.path(of: "audit-worker"),
                [ledger.folder.path, name, "\(count)", "20000"])
        }
        for worker in workers {
            let ended = try await offPool { try worker.wait() }
            try #require(ended.status == 0, "\(ended.errors)")
        }
        let found = try await ledger.verify()
        #expect(found.flaws.isEmpty, "\(found.flaws)")
        #expect(found.files.count > 5, "they have filled files, too")
        let trail = try ledger.trail()
        for name in names {
            var query = AuditQuery(limit: 10_000)
            query.profile = name
            let own = try await trail.records(query).compactMap { $0.json["destination"]?.string }
            #expect(own == (1...count).map { "https://api.example:443/\($0)" })
        }
        // Each file begins with a note.
        #expect(found.records == Int64(names.count * count + found.files.count))
    }

    @Test func `go on from each other's last record`() async throws {
        let (first, second) = (try ledger.trail(), try ledger.trail())
        for number in 0..<5 {
            try await first.record(.request("first", number))
            try await second.record(.request("second", number))
        }
        await first.close()
        await second.close()
        let found = try await ledger.verify()
        #expect(found.flaws.isEmpty && found.records == 11)
        #expect(ledger.memory.head == found.head)
    }
}
