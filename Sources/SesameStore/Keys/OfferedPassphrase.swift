import SesameCrypto
package import SesameSecrets
import SesameSystem

/// For how long a passphrase that fits need not be given again.
package enum Remembrance: Sendable, Equatable {
    /// The kernel keeps what it gave, for every process of the user.
    case keyring(seconds: UInt32)
    /// Only this process has it, as long as it runs; with the reason.
    case process(reason: String)
}

/// A passphrase that somebody has given, to open a store or to make one.
///
/// The passphrase itself is dropped with its first use, whether it fits or not. Opening the store
/// once more works while this value lives.
package final class OfferedPassphrase: Keyholder {
    private enum State {
        case offered(Secret)
        case stretched(Secret)
        case refused
    }
    private let state: Locked<State>
    private let key: ConfiguredKey
    private let cache: UnlockCache?
    private let random: any RandomSource

    init(
        _ passphrase: Secret, for key: ConfiguredKey, cache: UnlockCache?, random: any RandomSource
    ) {
        state = Locked(.offered(passphrase))
        self.key = key
        self.cache = cache
        self.random = random
    }

    /// - Throws: ``StoreError/Code/keyWrong`` when the passphrase does not fit. Opening takes most of a
    ///   second and 128 MiB for each try; ``AttemptLimit`` spaces the tries.
    package func secret(
        for pinned: PinnedSource, storeID: [UInt8], fits: (Secret) -> Bool
    ) throws(StoreError) -> Secret {
        try key.check(pinned)
        switch state.withLock({ $0 }) {
        case .stretched(let secret) where fits(secret): return secret
        case .stretched, .refused:
            return try key.secret(for: pinned, storeID: storeID, fits: fits)
        case .offered(let passphrase):
            state.withLock { $0 = .refused }
            guard let derivation = pinned.derivation else {
                throw .damaged("the store does not say how its passphrase is stretched")
            }
            let secret = try PassphraseKey.derive(passphrase, derivation)
            guard fits(secret) else { throw .passphraseWrong }
            state.withLock { $0 = .stretched(secret) }
            return secret
        }
    }

    package func newSecret() throws(StoreError) -> RootSecret {
        guard case .offered(let passphrase) = state.withLock({ $0 }) else {
            return try key.newSecret()
        }
        let root = try PassphraseKey.fresh(passphrase, random: random)
        state.withLock { $0 = .stretched(root.secret) }
        return root
    }

    /// Keeps what the passphrase gave, once the store is open.
    /// - Parameter seconds: for how long the kernel keeps it; 0 for not at all.
    package func remember(for storeID: [UInt8], seconds: Int64) -> Remembrance {
        guard case .stretched(let secret) = state.withLock({ $0 }) else {
            return .process(reason: "the store was not opened with it")
        }
        return Remembrance(of: secret, for: storeID, seconds: seconds, in: cache)
    }
}

extension Remembrance {
    init(of secret: Secret, for storeID: [UInt8], seconds: Int64, in cache: UnlockCache?) {
        guard let cache, seconds > 0 else {
            self = .process(reason: "it was asked to be kept nowhere else")
            return
        }
        let seconds = UInt32(clamping: seconds)
        do throws(Keyring.Unavailable) {
            try cache.keep(secret, for: storeID, seconds: seconds)
            self = .keyring(seconds: seconds)
        } catch {
            self = .process(reason: error.description)
        }
    }
}

extension StoreError {
    /// Nothing is damaged.
    static let passphraseWrong = StoreError(
        .keyWrong,
        "this is not the passphrase of the store; nothing was changed and nothing is damaged."
            + " Try again")
}
