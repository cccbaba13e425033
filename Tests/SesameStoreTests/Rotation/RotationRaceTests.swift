import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameStore

/// Two processes change the keys while a third one opens the store: nothing of that is damage.
@Suite struct `Keys that change all the time` {
    @Test func `are whole for whoever opens the store, and for whoever changes them`() async throws
    {
        let folder = TemporaryFolder()
        try await openStore(in: folder, keys: EitherKey()).put(sampleCredential(), for: "mautic")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let store = try await openStore(in: folder, keys: EitherKey())
                for round in 0..<40 {
                    let root = RootSecret(EitherKey.keys[round % 2], PinnedSource(.file))
                    _ = try await patiently { () throws(StoreError) in
                        try await store.rewrap(with: root)
                    }
                }
            }
            group.addTask {
                let store = try await openStore(in: folder, keys: EitherKey())
                for _ in 0..<40 {
                    try await patiently { () throws(StoreError) in
                        try await store.beginResealing()
                    }
                    while try await !patiently({ () throws(StoreError) in
                        try await store.resealSome().isFinished
                    }) {}
                }
            }
            group.addTask {
                for _ in 0..<40 {
                    let store = try await openStore(in: folder, keys: EitherKey())
                    try #require(try await store.credential(of: "mautic") != nil)
                }
            }
            try await group.waitForAll()
        }
        let last = try await openStore(in: folder, keys: EitherKey())
        #expect(try await last.description().generations.count == 1)
    }
}

/// Others may be faster for a while, and that is no failure.
private func patiently<Value: Sendable>(
    _ body: () async throws(StoreError) -> Value
) async throws(StoreError) -> Value {
    while true {
        do throws(StoreError) { return try await body() } catch {
            guard error.code == .busy else { throw error }
        }
    }
}

/// Two root secrets, of which one is right.
private struct EitherKey: Keyholder {
    static let keys = [testKey("a"), testKey("b")]

    func secret(
        for pinned: PinnedSource, storeID: [UInt8], fits: (Secret) -> Bool
    ) throws(StoreError) -> Secret {
        guard let key = Self.keys.first(where: fits) else { throw .keyWrong }
        return key
    }

    func newSecret() throws(StoreError) -> RootSecret {
        RootSecret(Self.keys[0], PinnedSource(.file))
    }
}
