package import SesameCrypto
import SesameSecrets

/// What a store says about the source of its root secret, before any key is known.
///
/// In the header it is one text: the kind, and for a passphrase `passphrase scrypt 17 8 1 SALT` (the
/// logarithm of N, r, p, and the salt in base64url). It is bound to the wrapped data keys.
package struct PinnedSource: Sendable, Equatable {
    package let kind: KeySource.Kind
    /// How the passphrase becomes the root secret; `nil` for every other kind.
    package let derivation: Derivation?

    /// The public part of a derivation by scrypt (RFC 7914).
    package struct Derivation: Sendable, Equatable {
        package let parameters: Scrypt.Parameters
        package let salt: [UInt8]

        package init(parameters: Scrypt.Parameters, salt: [UInt8]) {
            self.parameters = parameters
            self.salt = salt
        }
    }

    /// A source that has no parameters.
    package init(_ kind: KeySource.Kind) {
        self.kind = kind
        derivation = nil
    }

    /// A passphrase.
    package init(_ derivation: Derivation) {
        kind = .passphrase
        self.derivation = derivation
    }

    /// Reads the text of the header; `nil` when it is not one that this version writes, or asks for
    /// less or more work than ``Scrypt/Parameters`` allow.
    package init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard let kind = KeySource.Kind(rawValue: String(words[0])) else { return nil }
        guard kind == .passphrase else {
            guard words.count == 1 else { return nil }
            self.init(kind)
            return
        }
        guard words.count == 6, words[1] == "scrypt", let cost = Int(words[2]),
            let blockSize = Int(words[3]), let parallelism = Int(words[4]),
            let parameters = Scrypt.Parameters(
                costLogarithm: cost, blockSize: blockSize, parallelism: parallelism),
            let salt = Base64URL.decode(Array(words[5].utf8).span), salt.count == Self.saltLength
        else { return nil }
        self.init(Derivation(parameters: parameters, salt: salt.dangerouslyRevealedBytes()))
        // One spelling only: `+17` and `017` are read as numbers, too.
        guard self.text == text else { return nil }
    }

    /// The text for the header.
    package var text: String {
        guard let derivation else { return kind.rawValue }
        let parameters = derivation.parameters
        return
            "passphrase scrypt \(parameters.costLogarithm) \(parameters.blockSize) \(parameters.parallelism) "
            + Base64URL.encode(derivation.salt.span)
    }

    /// Bytes of a salt.
    package static let saltLength = 32
}
