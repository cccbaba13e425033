import Glibc
import SesameJSON
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameAudit

@Suite struct `An audit trail` {
    private let ledger = Ledger()

    @Test func `has who got what for where, before the call returns`() async throws {
        var event = AuditEvent.request("work", 7)
        event.caller?.executable = "/usr/bin/curl"
        event.caller?.unit = "report.service"
        event.caller?.rule = "reports"
        event.scope = "read"
        event.fingerprint = "0011"
        let trail = try ledger.trail()
        try await trail.record(event)
        let record = try #require(try await trail.records(AuditQuery(limit: 1)).first).json
        #expect(record["action"]?.string == "request" && record["outcome"]?.string == "granted")
        #expect(record["profile"]?.string == "work" && record["method"]?.string == "GET")
        #expect(record["destination"]?.string == "https://api.example:443/7")
        #expect(record["scope"]?.string == "read" && record["fingerprint"]?.string == "0011")
        #expect(record["time"]?.string == ledger.time.now.description)
        let caller = try #require(record["caller"])
        #expect(caller["uid"]?.integer == 1000 && caller["pid"]?.integer == 77)
        #expect(caller["executable"]?.string == "/usr/bin/curl")
        #expect(caller["unit"]?.string == "report.service")
        #expect(caller["rule"]?.string == "reports")
    }

    @Test func `counts repeats of a minute, and writes them as one record`() async throws {
        let trail = try ledger.trail()
        for process in 1...50 as ClosedRange<Int32> {
            try await trail.record(.token("work", pid: process))
        }
        #expect(try ledger.lines.count == 2, "the first is written at once")
        ledger.time.advance(seconds: 30)
        try await trail.record(.token("work"))
        ledger.time.advance(seconds: 31)
        try await trail.record(.token("other"))
        let records = try await trail.records(AuditQuery(limit: 9)).map(\.json)
        #expect(records.compactMap { $0["profile"]?.string } == ["work", "work", "other"])
        #expect(records[2]["count"]?.integer == 50)
        #expect(
            records[2]["until"]?.string == ledger.time.now.adding(seconds: -31).description)
        #expect(records[2]["caller"]?["pid"] == nil, "it stands for many processes")
    }

    @Test func `takes another caller, outcome or place for another event`() async throws {
        let trail = try ledger.trail()
        var events = [AuditEvent.token("work")]
        for change: (inout AuditEvent) -> Void in [
            { $0.profile = "b" }, { $0.outcome = "login_required" }, { $0.destination = "x" },
            { $0.method = "PUT" }, { $0.scope = "all" }, { $0.fingerprint = "1" },
            { $0.caller?.uid = 7 }, { $0.caller?.gid = 7 }, { $0.caller?.executable = "/a" },
            { $0.caller?.unit = "u" }, { $0.caller?.rule = "r" }, { $0.action = .headers },
        ] {
            var event = AuditEvent.token("work")
            change(&event)
            events.append(event)
        }
        for event in events + events { try await trail.record(event) }
        #expect(try ledger.lines.count == 1 + events.count)
    }

    @Test func `writes what was counted when it ends, and when the minute is over`() async throws {
        let trail = try ledger.trail()
        for _ in 0..<3 { try await trail.record(.token("work")) }
        await trail.close()
        #expect(try ledger.lines.count == 3)
        #expect(ledger.memory.head == (try await ledger.verify().head))
        for _ in 0..<3 { try await trail.record(.token("work")) }
        for _ in 0..<10_000 where try ledger.lines.count < 5 {
            ledger.time.advance(seconds: 20)
            await Task.yield()
        }
        #expect(try ledger.lines.count == 5)
        #expect(try await ledger.verify().flaws.isEmpty)
    }

    @Test func `writes all counts when there are too many of them`() async throws {
        let trail = try ledger.trail { $0.mostCounts = 20 }
        for _ in 0..<2 {
            for number in 0..<20 { try await trail.record(.request("work", number)) }
        }
        #expect(try ledger.lines.count == 1 + 20)
        try await trail.record(.request("work", -1))
        #expect(try ledger.lines.count == 1 + 20 + 20 + 1)
        #expect(try await ledger.verify().flaws.isEmpty)
    }

    @Test func `that cannot be written raises one alarm, and says later what is missing`()
        async throws
    {
        try #require(unsafe mkdir(ledger.path, 0o700) == 0)
        let trail = try ledger.trail()
        for number in 0..<5 { try await trail.record(.request("work", number)) }
        #expect(ledger.alarms.withLock { $0 }.count == 1)
        unsafe rmdir(ledger.path)
        ledger.time.advance(seconds: 2)
        try await trail.record(.request("work", 9))
        let records = try await trail.records(AuditQuery(limit: 9)).map(\.json)
        #expect(records.compactMap { $0["outcome"]?.string } == ["begun", "unrecorded", "granted"])
        #expect(records[1]["count"]?.integer == 5)
        #expect(ledger.alarms.withLock { $0 }.last?.contains("5 events are missing") == true)
        #expect(try await ledger.verify().notes.first?.contains("5 events from") == true)
    }

    @Test func `that must be written refuses what cannot be recorded, until it can`() async throws {
        ledger.settings.withLock { $0.isRequired = true }
        try #require(unsafe mkdir(ledger.path, 0o700) == 0)
        let trail = try ledger.trail()
        for _ in 0..<2 {
            await #expect(throws: AuditError.self) { try await trail.record(.token("work")) }
        }
        unsafe rmdir(ledger.path)
        try await trail.record(.token("work"))
        #expect(try await ledger.verify().records == 3)
    }

    @Test func `is not there where the configuration says off`() async throws {
        ledger.settings.withLock { $0.file = .off }
        let trail = try ledger.trail()
        try await trail.record(.token("work"))
        await trail.close()
        #expect(!ledger.names.contains("audit.log"))
        await #expect(throws: AuditError.self) { try await trail.verify() }
    }

    @Test func `shows nothing that could fool a terminal, and nothing without end`() async throws {
        var event = AuditEvent.token("a\u{1B}[2J\u{202E}\n\"\\")
        event.destination = String(repeating: "x", count: 100_000)
        let trail = try ledger.trail()
        try await trail.record(event)
        #expect(try ledger.contents.allSatisfy { $0 == 0x0A || $0 >= 0x20 })
        #expect(try ledger.lines.last?.count ?? .max < 2000)
        let record = try #require(try await trail.records(AuditQuery(limit: 1)).first).json
        #expect(record["profile"]?.string == #"a\u{1b}[2J\u{202e}\u{a}"\"#)
    }
}

@Suite struct `A fingerprint in the trail` {
    private let ledger = Ledger()

    @Test func `is the same for the same token, and another with another key`() throws {
        let token = Secret(utf8: "token-canary")
        let print = try #require(try ledger.trail().fingerprint(of: token))
        #expect(print.utf8.count == 32 && print.utf8.allSatisfy(isHexadecimal))
        #expect(try ledger.trail().fingerprint(of: token) == print, "the key is kept")
        #expect(try ledger.trail().fingerprint(of: Secret(utf8: "token-canarz")) != print)
        #expect(try Ledger().trail().fingerprint(of: token) != print)
        var status = stat()
        try #require(unsafe stat(ledger.folder.file("audit.key"), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func `cannot be made with a key that others may read`() throws {
        _ = try ledger.trail().fingerprint(of: Secret(utf8: "x"))
        unsafe chmod(ledger.folder.file("audit.key"), 0o640)
        #expect(try ledger.trail().fingerprint(of: Secret(utf8: "x")) == nil)
    }

    @Test func `finds the records of a token`() async throws {
        let trail = try ledger.trail()
        for name in ["a", "b", "c"] {
            var event = AuditEvent.token(name)
            event.fingerprint = trail.fingerprint(of: Secret(utf8: "token of \(name)"))
            try await trail.record(event)
        }
        var query = AuditQuery(limit: 10)
        query.fingerprint = trail.fingerprint(of: Secret(utf8: "token of b"))
        #expect(try await trail.records(query).compactMap { $0.json["profile"]?.string } == ["b"])
    }
}
