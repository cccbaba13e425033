import SesameCrypto
import SesameSecrets

/// How a passphrase becomes a root secret: scrypt, with what the header of the store pins.
enum PassphraseKey {
    /// The root secret of a store that exists.
    static func derive(
        _ passphrase: Secret, _ derivation: PinnedSource.Derivation
    ) throws(StoreError) -> Secret {
        guard !passphrase.isEmpty else { throw StoreError(.keyWrong, "the passphrase is empty") }
        do throws(CryptoError) {
            return try Scrypt.derive(
                passphrase, salt: derivation.salt.span, parameters: derivation.parameters)
        } catch {
            throw StoreError(
                .internal,
                "the passphrase cannot be stretched: \(error). It takes"
                    + " \(derivation.parameters.mebibytes) MiB of memory for a moment")
        }
    }

    /// A root secret with a salt of its own.
    static func fresh(
        _ passphrase: Secret, random: any RandomSource
    ) throws(StoreError) -> RootSecret {
        let derivation = PinnedSource.Derivation(
            parameters: .usual,
            salt: random.bytes(PinnedSource.saltLength).dangerouslyRevealedBytes())
        return RootSecret(try derive(passphrase, derivation), PinnedSource(derivation))
    }
}

extension Scrypt.Parameters {
    /// 128 · N · r bytes.
    fileprivate var mebibytes: Int { 128 * blockSize * (1 << costLogarithm) / 1_048_576 }
}
