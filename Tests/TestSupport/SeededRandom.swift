import SesameCrypto
package import SesameSecrets
import SesameSystem

/// A deterministic ``RandomSource``: the same seed gives the same bytes, in order.
package final class SeededRandom: RandomSource {
    private let seed: String
    private let calls = Locked(0)

    package init(_ seed: String = "seed") {
        self.seed = seed
    }

    package func bytes(_ count: Int) -> Secret {
        let call = calls.withLock { calls in
            calls += 1
            return calls
        }
        var out = SecretBuffer(capacity: count)
        var block = 0
        while out.count < count {
            let digest = SHA256.digest(Array("\(seed)/\(call)/\(block)".utf8).span)
            digest.withBytes { out.append($0.extracting(0..<min(32, count - out.count))) }
            block += 1
        }
        return Secret(out)
    }
}
