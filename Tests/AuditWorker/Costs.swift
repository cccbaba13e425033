import SesameAudit
import SesameSecrets
import SesameSystem

/// Prints what one of each takes, in the median of nine rounds.
func measure(_ trail: AuditTrail, _ count: Int) async throws {
    let token = Secret(utf8: String(repeating: "t", count: 800))
    var event = AuditEvent(.token)
    event.profile = "work"
    event.caller = AuditCaller(uid: 1000, gid: 1000, pid: 77)
    event.fingerprint = trail.fingerprint(of: token)
    try await trail.record(event)
    var times: [String: [Duration]] = [:]
    let clock = ContinuousClock()
    for round in 0..<9 {
        times["a fingerprint", default: []].append(
            clock.measure { for _ in 0..<count { _ = trail.fingerprint(of: token) } })
        times["a repeat", default: []].append(
            try await clock.measure { for _ in 0..<count { try await trail.record(event) } })
        times["a record of its own", default: []].append(
            try await clock.measure {
                for number in 0..<count {
                    try await trail.record(request("work", round * count + number))
                }
            })
    }
    for (what, rounds) in times.sorted(by: { $0.key < $1.key }) {
        let median = rounds.sorted()[4] / count
        let microseconds = Double(median.components.attoseconds) / 1e12
        print("\(what): \((microseconds * 100).rounded() / 100) microseconds")
    }
}
