import COpenSSL
import SesameSecrets

/// A public key that signatures are checked with.
public final class PublicKey: Sendable {
    private let handle: EVPKey
    /// Its numbers.
    public let parts: PublicKeyParts

    /// What it is made for.
    public var kind: KeyKind { handle.kind }

    /// Puts a key together from its numbers.
    /// - Throws: ``CryptoError`` with `badLength` for coordinates of another size, `badKey` for a point
    ///   that is not on the curve, `weakKey` for RSA below ``KeyKind/fewestRSABits`` or an exponent
    ///   that protects nothing.
    public init(_ parts: PublicKeyParts) throws(CryptoError) {
        handle = try makeKey(parts)
        self.parts = parts
    }

    /// Whether a signature of that message was made by the private key of the pair.
    ///
    /// An algorithm of another kind of key makes no valid signature, and neither does a signature of
    /// another length: there is one spelling of each.
    public func isValid(
        _ signature: Span<UInt8>, of message: Span<UInt8>, with algorithm: SignatureAlgorithm
    ) -> Bool {
        guard let context = try? SignatureContext(algorithm, handle, verifies: true) else {
            return false
        }
        guard algorithm == .es256 else { return context.accepts(signature, of: message) }
        guard let encoded = ECDSASignature.der(raw: signature) else { return false }
        return context.accepts(encoded.span, of: message)
    }
}

private func makeKey(_ parts: PublicKeyParts) throws(CryptoError) -> EVPKey {
    switch parts {
    case .p256(let x, let y):
        guard x.count == 32, y.count == 32 else { throw CryptoError(.badLength) }
        var numbers = try KeyParameters()
        try numbers.add(curvePoint: x, y)
        return try numbers.key("EC", isPrivate: false)
    case .ed25519(let x):
        guard x.count == 32 else { throw CryptoError(.badLength) }
        let made = unsafe EVP_PKEY_new_raw_public_key_ex(
            LibraryContext.lasting, "ED25519", nil, x, x.count)
        guard let made = unsafe made else { throw CryptoError(.badKey) }
        return try unsafe EVPKey(owning: made)
    case .rsa(let n, let e):
        guard isSized(n, e), n.first != 0, e.first != 0 else { throw CryptoError(.badLength) }
        // An even modulus has a factor that everybody knows.
        guard n.last.map({ $0 & 1 }) == 1 else { throw CryptoError(.badKey) }
        var numbers = try KeyParameters()
        try numbers.add("n", number: n)
        try numbers.add("e", number: e)
        return try numbers.key("RSA", isPrivate: false)
    }
}
