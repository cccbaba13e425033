import Glibc
import SesameAudit
import SesameSecrets
import SesameSystem

/// One of several processes that write one audit trail: a program of tests, not of Sesame.
let usage = """
    usage: audit-worker FOLDER NAME COUNT SIZE
                records COUNT requests of profile NAME, each for a path of its own, in the trail of a
                folder whose files are full at SIZE bytes
           audit-worker FOLDER measure COUNT SIZE
                measures what a fingerprint, a repeat and a record of its own cost
    """
// A limit on the size of files makes a write fail, as in sesamed.
signal(SIGXFSZ, SIG_IGN)
let arguments = CommandLine.arguments
guard arguments.count == 5, let count = Int(arguments[3]), let size = Int64(arguments[4]) else {
    try? FileDescriptor.writeAll(Array("\(usage)\n".utf8).span, to: STDERR_FILENO)
    exit(2)
}
var settings = AuditSettings()
settings.size = size
settings.keep = 1000
settings.isRequired = true
let fixed = settings
do {
    let trail = try AuditTrail(
        AuditTrail.Parts(beside: arguments[1] + "/store.db", settings: { fixed }))
    if arguments[2] == "measure" {
        try await measure(trail, count)
    } else {
        for number in 1...count { try await trail.record(request(arguments[2], number)) }
    }
    await trail.close()
} catch {
    try? FileDescriptor.writeAll(Array("audit-worker: \(error)\n".utf8).span, to: STDERR_FILENO)
    exit(1)
}

/// A request like no other.
func request(_ profile: String, _ number: Int) -> AuditEvent {
    var event = AuditEvent(.request)
    event.profile = profile
    event.destination = "https://api.example:443/\(number)"
    return event
}
