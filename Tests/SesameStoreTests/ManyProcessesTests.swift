import SesameCrypto
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

/// Standards K-7.
@Suite struct `Eight processes on one store` {
    @Test func `lose no update, and no revision comes twice or goes back`() async throws {
        let folder = TemporaryFolder()
        let key = try KeyFile.create(at: folder.file("store.key"), random: SystemRandom())
        let store = try await SQLiteStore.open(
            path: folder.file("store.db"), keys: HeldKey(key), random: SystemRandom())
        var credential = sampleCredential()
        credential.scope = "0"
        try await store.put(credential, for: "shared")
        let count = Torture.number(quick: 60, full: 1000)
        let clock = ContinuousClock()
        let began = clock.now
        let workers = try (1...8).map { _ in
            try ChildProcess.start(
                BuiltPrograms.path(of: "store-worker"),
                [
                    "update", folder.file("store.db"), folder.file("store.key"), "shared",
                    "\(count)",
                ])
        }
        var revisions: [Int64] = []
        for worker in workers {
            let ended = try await offPool { try worker.wait(timeLimit: .seconds(1200)) }
            try #require(ended.status == 0, "\(ended.errors)")
            let own = ended.output.split(separator: "\n").compactMap { Int64($0) }
            #expect(own.count == count && zip(own, own.dropFirst()).allSatisfy { $0 < $1 })
            revisions += own
        }
        print("8 processes, \(count) updates each, took \(clock.now - began)")
        #expect(Set(revisions).count == 8 * count)
        let last = try #require(try await store.credential(of: "shared"))
        #expect(last.value.scope == "\(8 * count)")
        #expect(last.revision.number == revisions.max())
    }
}
