import Glibc
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameAudit

@Suite struct `The journal's line of a record` {
    private let ledger = Ledger()

    @Test func `says who got what, and fixes the trail up to there`() async throws {
        let (socket, trail) = try trail()
        var event = AuditEvent.token("work")
        event.caller?.unit = "report.service"
        try await trail.record(event)
        let lines = try socket.receive()
        let head = try #require(try await trail.verify().head)
        for line in [
            "SYSLOG_IDENTIFIER=sesamed", "PRIORITY=6", "SESAME_ACTION=token",
            "SESAME_OUTCOME=granted", "SESAME_PROFILE=work", "SESAME_CALLER_UID=1000",
            "SESAME_CALLER_PID=77", "SESAME_CALLER_UNIT=report.service",
            "SESAME_FINGERPRINT=00112233445566778899aabbccddeeff",
            "SESAME_AUDIT_SEQUENCE=\(head.sequence)", "SESAME_AUDIT_HASH=\(head.hash)",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        var refused = AuditEvent.token("work")
        refused.outcome = "login_required"
        try await trail.record(refused)
        #expect(try socket.receive().contains("PRIORITY=4"))
    }

    @Test func `comes without a file, too`() async throws {
        ledger.settings.withLock { $0.file = .off }
        let (socket, trail) = try trail()
        try await trail.record(.token("work"))
        let lines = try socket.receive()
        #expect(lines.contains("SESAME_PROFILE=work"))
        #expect(!lines.contains { $0.hasPrefix("SESAME_AUDIT_") })
    }

    @Test func `is sent where the configuration says so, or where we are a service`() {
        for (choice, isService, isSent) in [
            (AuditSettings.JournalChoice.automatic, true, true), (.automatic, false, false),
            (.on, false, true), (.off, true, false),
        ] {
            var settings = AuditSettings()
            settings.journal = choice
            var parts = AuditTrail.Parts(beside: "/nowhere/store.db")
            parts.journal = try? Journal(path: "/nowhere", identifier: "x")
            parts.isService = isService
            #expect((parts.journal(settings) != nil) == isSent)
        }
    }

    private func trail() throws -> (NotificationSocket, AuditTrail) {
        let socket = try NotificationSocket(ledger.folder.file("journal"))
        let journal = try Journal(path: socket.address, identifier: "sesamed")
        let trail = try ledger.trail { parts in
            parts.journal = journal
            parts.isService = true
        }
        return (socket, trail)
    }
}
