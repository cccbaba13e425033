/// What an issuer makes of proofs that a client has a key (RFC 9449).
package struct ProofRule: Sendable {
    /// Whether there are no tokens without one; else those are bearer tokens.
    package var isRequired = true
    /// Whether its own nonce has to be in each, a new one after each success; the last two are good.
    package var demandsNonces = false
    package var algorithms = ["ES256", "Ed25519", "EdDSA"]

    package init(isRequired: Bool = true, demandsNonces: Bool = false) {
        self.isRequired = isRequired
        self.demandsNonces = demandsNonces
    }
}
