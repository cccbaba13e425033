import SesameJSON
import SesameSecrets
import SesameSystem

/// An event with how often it happened.
struct AuditEntry {
    let event: AuditEvent
    /// How often, where it stands for repeats of an earlier record.
    var count: Int64?
    /// When the first of the repeats was.
    var since: Timestamp?
    /// When the last of them was.
    var until: Timestamp?

    init(_ event: AuditEvent) {
        self.event = event
    }

    init(_ repeats: OpenCounts.Repeats) {
        event = repeats.event
        count = repeats.count
        since = repeats.first
        until = repeats.last
    }

    var members: [(String, JSONValue)] {
        var members = event.members
        if let count { members.append(("count", .integer(count))) }
        if let since { members.append(("since", .string(since.description))) }
        if let until { members.append(("until", .string(until.description))) }
        return members
    }

    /// Tells the journal.
    func tell(_ journal: Journal, _ head: AuditHead?) {
        journal.send(sentence, priority, fields(head))
    }

    private var priority: Journal.Priority {
        guard event.outcome == AuditEvent.granted else { return .warning }
        switch event.action {
        case .token, .headers, .request, .renewal: return .information
        default: return .notice
        }
    }

    private var sentence: String {
        var words = [event.action.rawValue]
        if let profile = event.profile { words.append("of profile \(profile)") }
        if let destination = event.destination { words.append("for \(destination)") }
        if let caller = event.caller {
            words.append("to uid \(caller.uid)" + (caller.pid.map { ", process \($0)" } ?? ""))
        }
        words.append(event.outcome == AuditEvent.granted ? "granted" : "refused: \(event.outcome)")
        if let count { words.append("(\(count) more times)") }
        return words.joined(separator: " ")
    }

    private func fields(_ head: AuditHead?) -> [Journal.Field] {
        let texts: [(String, String?)] = [
            ("ACTION", event.action.rawValue), ("OUTCOME", event.outcome),
            ("PROFILE", event.profile), ("DESTINATION", event.destination),
            ("METHOD", event.method), ("SCOPE", event.scope), ("FINGERPRINT", event.fingerprint),
            ("CALLER_UID", event.caller.map { "\($0.uid)" }),
            ("CALLER_GID", event.caller?.gid.map { "\($0)" }),
            ("CALLER_PID", event.caller?.pid.map { "\($0)" }),
            ("CALLER_EXECUTABLE", event.caller?.executable),
            ("CALLER_UNIT", event.caller?.unit), ("CALLER_RULE", event.caller?.rule),
            ("COUNT", count.map { "\($0)" }), ("AUDIT_SEQUENCE", head.map { "\($0.sequence)" }),
            ("AUDIT_HASH", head?.hash),
        ]
        return texts.compactMap { name, text in
            text.map { Journal.Field("SESAME_\(name)", $0.sanitised(limit: 512)) }
        }
    }
}
