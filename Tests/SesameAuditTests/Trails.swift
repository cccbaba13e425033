import Glibc
import SesameSecrets
import SesameSystem
import TestSupport

@testable import SesameAudit

/// A trail in a folder of its own, with a clock that is moved by hand.
final class Ledger: Sendable {
    let folder = TemporaryFolder()
    let time = ManualTime()
    let settings = Locked(AuditSettings())
    let memory = RememberedLine()
    let alarms = Locked<[String]>([])

    var path: String { folder.file("audit.log") }

    /// The trail as a process has it that begins now.
    func trail(_ change: (inout AuditTrail.Parts) -> Void = { _ in }) throws -> AuditTrail {
        let (settings, memory, alarms) = (settings, memory, alarms)
        var parts = AuditTrail.Parts(
            beside: folder.file("store.db"), settings: { settings.withLock { $0 } })
        parts.memory = { _ in memory }
        parts.time = time
        parts.alarm = { line in alarms.withLock { $0.append(line) } }
        change(&parts)
        return try AuditTrail(parts)
    }

    /// Records so many different events, and ends.
    func fill(_ count: Int, _ profile: String = "work") async throws {
        let trail = try trail()
        for number in 0..<count { try await trail.record(.request(profile, number)) }
        await trail.close()
    }

    /// What a look at the whole chain finds, by a process that has seen nothing.
    func verify() async throws -> AuditVerification { try await trail().verify() }

    var contents: [UInt8] {
        get throws {
            try PrivateFile.read(path, limit: 1 << 26).dangerouslyRevealedBytes()
        }
    }

    /// The lines of the file, with their ends.
    var lines: [[UInt8]] {
        get throws {
            try contents.split(separator: UInt8(ascii: "\n")).map { Array($0) + [0x0A] }
        }
    }

    func replace(_ contents: [UInt8]) throws { try Self.write(contents, to: path) }

    /// Without waiting for the disk, as tests do it thousands of times.
    static func write(_ contents: [UInt8], to path: String) throws {
        let file = FileDescriptor(owning: unsafe creat(path, 0o600))
        try file.writeAll(contents.span)
    }

    /// Takes the last bytes away, as a crash in the middle of a write does.
    func cut(to length: Int) throws {
        guard unsafe truncate(path, off_t(length)) == 0 else { throw SystemError("truncating") }
    }

    var names: [String] { PrivateFile.names(in: folder.path).sorted() }
}

extension AuditEvent {
    /// A request like no other.
    static func request(_ profile: String, _ number: Int) -> AuditEvent {
        var event = AuditEvent(.request)
        event.profile = profile
        event.method = "GET"
        event.destination = "https://api.example:443/\(number)"
        event.caller = AuditCaller(uid: 1000, gid: 1000, pid: 77)
        return event
    }

    /// A token for a process.
    static func token(_ profile: String, pid: Int32 = 77, uid: UInt32 = 1000) -> AuditEvent {
        var event = AuditEvent(.token)
        event.profile = profile
        event.fingerprint = "00112233445566778899aabbccddeeff"
        event.caller = AuditCaller(uid: uid, gid: 1000, pid: pid)
        return event
    }
}

/// A place outside the trail, in memory.
final class RememberedLine: OutsideMemory {
    private let line = Locked<Secret?>(nil)
    let place = "a test"

    func read() -> Secret? { line.withLock { $0 } }
    func write(_ line: Secret) { self.line.withLock { $0 = line } }
    func forget() { line.withLock { $0 = nil } }

    var head: AuditHead? { read().flatMap { AuditHead($0) } }
}
