import Glibc
import SesameCrypto
import SesameSecrets
import SesameStore
import SesameSystem

/// One of several processes that work on one store: a program of tests and benchmarks, not of Sesame.
let usage = """
    usage: store-worker update PATH KEYFILE PROFILE COUNT
                adds 1 to the number in the scope of the profile's credential, COUNT times, by renewals
           store-worker fill PATH KEYFILE COUNT
                makes a store with profiles p1 … pCOUNT, each with a credential and a client secret
           store-worker read PATH KEYFILE PROFILE
                opens the store and reads one credential
           store-worker sizes PATH KEYFILE PROFILE ROUNDS
                measures within one process: opening, reading, an absent profile, a first save, the list
    """
let arguments = CommandLine.arguments
guard arguments.count >= 5 else { fail(usage, 2) }
do {
    let keys = HeldKey(try KeyFile.read(at: arguments[3]))
    let path = arguments[2]
    let open: @Sendable () async throws -> SQLiteStore = {
        try await SQLiteStore.open(path: path, keys: keys, random: SystemRandom())
    }
    switch (arguments[1], arguments.count > 5 ? Int(arguments[5]) : nil) {
    case ("update", let count?):
        try await Updates(store: try await open(), profile: arguments[4]).make(count)
    case ("fill", _): try await fill(try await open(), Int(arguments[4]) ?? 0)
    case ("read", _):
        guard try await open().credential(of: arguments[4]) != nil else { fail("nothing there", 1) }
    case ("sizes", let rounds?): try await measure(open, arguments[4], rounds)
    default: fail(usage, 2)
    }
} catch {
    fail("store-worker: \(error)", 1)
}

/// Ends the program with a line on standard error.
func fail(_ message: String, _ status: Int32) -> Never {
    try? FileDescriptor.writeAll(Array("\(message)\n".utf8).span, to: STDERR_FILENO)
    exit(status)
}
