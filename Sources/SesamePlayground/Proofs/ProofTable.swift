import SesameCrypto
import SesameSecrets
import SesameSystem

/// What an issuer remembers of proofs: which it has seen, and which nonces it has given.
struct ProofTable: Sendable {
    /// Each has nonces of its own, as if they were two servers.
    enum Audience: Sendable {
        case tokens, resources
    }

    private var seen: [String: Timestamp] = [:]
    private var nonces: [Audience: [String]] = [:]

    /// Whether a proof is new; it is not any more after that.
    mutating func accept(_ name: String, at now: Timestamp) -> Bool {
        seen = seen.filter { now.seconds(until: $0.value) > 0 }
        return seen.updateValue(now.adding(seconds: Self.oldest), forKey: name) == nil
    }

    /// Whether a nonce is one of the last two.
    func accepts(_ nonce: String?, by audience: Audience) -> Bool {
        nonce.map { nonces[audience, default: []].contains($0) } ?? false
    }

    /// The newest nonce.
    mutating func nonce(of audience: Audience, isNew: Bool, random: any RandomSource) -> String {
        if !isNew, let newest = nonces[audience]?.last { return newest }
        let made = random.bytes(16).withBytes { Base64URL.encode($0) }
        nonces[audience] = nonces[audience, default: []].suffix(1) + [made]
        return made
    }

    /// Seconds that a proof is good for.
    static let oldest: Int64 = 300
}
