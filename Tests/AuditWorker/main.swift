import Glibc
import SesameAudit
import SesameSecrets
import SesameSystem

/// One of several processes that write one audit trail: a program of tests, not of Sesame.
let usage = """
    usage: audit-worker FOLDER NAME COUNT SIZE
                records COUNT requests of profile NAME, each for a path of its own, in the trail of a
                folder whose files are full at SIZE bytes
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
    for number in 1...count {
        var event = AuditEvent(.request)
        event.profile = arguments[2]
        event.destination = "https://api.example:443/\(number)"
        try await trail.record(event)
    }
    await trail.close()
} catch {
    try? FileDescriptor.writeAll(Array("audit-worker: \(error)\n".utf8).span, to: STDERR_FILENO)
    exit(1)
}
