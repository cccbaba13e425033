import Glibc
import SesameCrypto
import SesameSecrets
import SesameStore
import SesameSystem

/// Fills a store in one transaction.
func fill(_ store: SQLiteStore, _ count: Int) async throws {
    var number = 0
    _ = try await store.restore(replacing: false) { () throws(StoreError) in
        number += 1
        guard number <= count else { return nil }
        return StoredProfile(
            name: "p\(number)", credential: credential(number),
            secrets: ClientSecrets(clientSecret: SystemRandom().bytes(24).encoded))
    }
}

/// What a login with one of the usual servers leaves: tokens of 86 characters.
private func credential(_ number: Int) -> Credential {
    let now = SystemTime().now
    return Credential(
        accessToken: SystemRandom().bytes(64).encoded, scope: "read write",
        accessExpiresAt: now.adding(seconds: 3600), accessReceivedAt: now,
        refreshToken: SystemRandom().bytes(64).encoded, loggedInAt: now,
        tokenEndpoint: "https://sso.example/oauth/v2/token", clientID: "client-\(number)")
}

extension Secret {
    fileprivate var encoded: Secret {
        withBytes { bytes in
            var text = SecretBuffer(capacity: 128)
            Base64URL.encode(bytes, into: &text)
            return Secret(text)
        }
    }
}

/// Prints the median of each step in microseconds, and the memory that the process has used at the most.
func measure(
    _ open: @Sendable () async throws -> SQLiteStore, _ profile: String, _ rounds: Int
) async throws {
    try await show("open, and read one credential", rounds) {
        _ = try await open().credential(of: profile)
    }
    let store = try await open()
    _ = try await store.credential(of: profile)
    try await show("read one credential that is remembered", rounds) {
        _ = try await store.credential(of: profile)
    }
    var number = 0
    try await show("read one credential of a store this large", rounds) {
        number += 1
        _ = try await store.credential(of: "p\(number)")
    }
    try await show("find that a profile is absent", rounds) {
        number += 1
        _ = try await store.credential(of: "absent-\(number)")
    }
    try await show("save a new profile, durably", rounds) {
        number += 1
        try await store.put(credential(number), for: "new-\(getpid())-\(number)")
    }
    print("  memory so far: \(memory() / 1024) MiB")
    try await show("list all profiles", 3) { _ = try await store.profiles() }
    print("  memory at the end: \(memory() / 1024) MiB")
}

private func show(
    _ step: String, _ rounds: Int, _ body: () async throws -> Void
) async throws {
    var times: [Duration] = []
    for _ in 0..<rounds { times.append(try await ContinuousClock().measure(body)) }
    times.sort()
    let median = Int(times[times.count / 2] / .nanoseconds(100))
    print("  \(step): \(median / 10).\(median % 10) µs")
}

/// The highest resident size until now, in KiB.
private func memory() -> Int {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(0), &usage)
    return usage.ru_maxrss
}
