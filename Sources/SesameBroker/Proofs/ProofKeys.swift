import SesameCrypto
import SesameOAuth
import SesameSecrets
import SesameSystem

/// The keys that tokens are bound to (RFC 9449), as they are in use, and what servers want of the next proof.
///
/// They are kept in the records of their grants; here they are only so that none is read for each request.
final class ProofKeys: Sendable {
    private let memory = DPoPMemory()
    private let provers = Locked<[String: DPoPProver]>([:])

    /// What proves the possession of a stored key.
    func prover(
        _ sealed: Secret, of profile: String, random: any RandomSource
    ) throws(OAuthError) -> DPoPProver {
        if let known = provers.withLock({ $0[profile] }),
            known.key.encoded === sealed || known.key.encoded.equals(sealed)
        {
            return known
        }
        let prover = DPoPProver(try DPoPKey(parsing: sealed), memory: memory, random: random)
        provers.withLock { $0[profile] = prover }
        return prover
    }

    /// What proves the possession of a key that is made for it.
    func newProver(
        for server: AuthorizationServer, random: any RandomSource
    ) throws(OAuthError) -> DPoPProver {
        DPoPProver(try DPoPKey.generate(for: server), memory: memory, random: random)
    }

    /// A login has ended, or another has begun.
    func forget(_ profile: String) { provers.withLock { $0[profile] = nil } }
}
