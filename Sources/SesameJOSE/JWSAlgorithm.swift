public import SesameCrypto

/// An algorithm of signed texts by its registered name (RFC 7518, section 3.1; RFC 8037; RFC 9864).
///
/// `none` is not among them.
public enum JWSAlgorithm: String, Sendable, Hashable, CaseIterable {
    /// ECDSA on P-256.
    case es256 = "ES256"
    /// Ed25519 under the name of RFC 9864.
    case ed25519 = "Ed25519"
    /// Ed25519 under the name of RFC 8037, which may also be another curve.
    case edDSA = "EdDSA"
    /// RSA with the padding PSS.
    case ps256 = "PS256"
    /// RSA with the padding of PKCS #1.
    case rs256 = "RS256"
    /// HMAC-SHA-256, with a secret that both sides have.
    case hs256 = "HS256"

    /// Those with a private and a public key.
    public static let asymmetric: Set<JWSAlgorithm> = [.es256, .ed25519, .edDSA, .ps256, .rs256]

    /// How such a signature is made; `nil` for HMAC.
    public var signature: SignatureAlgorithm? {
        switch self {
        case .es256: .es256
        case .ed25519, .edDSA: .ed25519
        case .ps256: .ps256
        case .rs256: .rs256
        case .hs256: nil
        }
    }
}
