public import SesameSecrets

/// What a pair of keys is made for.
public enum KeyKind: String, Sendable, Hashable, CaseIterable {
    /// ECDSA on the curve P-256 (FIPS 186-5).
    case p256 = "P-256"
    /// Ed25519 (RFC 8032).
    case ed25519 = "Ed25519"
    /// RSA, with at least ``fewestRSABits`` bits.
    case rsa = "RSA"

    /// Bits that a modulus must have (RFC 7518, section 3.3; FAPI 2.0, section 5.4.1).
    public static let fewestRSABits: Int32 = 2048
    /// Bits that a modulus may have: the work for one signature grows with the square.
    public static let mostRSABits: Int32 = 8192

    /// What such keys sign with.
    public var algorithms: [SignatureAlgorithm] {
        switch self {
        case .p256: [.es256]
        case .ed25519: [.ed25519]
        case .rsa: [.ps256, .rs256]
        }
    }
}

/// How a signature is made.
public enum SignatureAlgorithm: Sendable, Hashable, CaseIterable {
    /// ECDSA on P-256 with SHA-256: r and s side by side, 64 bytes (RFC 7518, section 3.4).
    case es256
    /// Ed25519 in its pure form, 64 bytes (RFC 8032, section 5.1).
    case ed25519
    /// RSASSA-PSS with SHA-256, the same in MGF1, and 32 bytes of salt (RFC 7518, section 3.5).
    case ps256
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3).
    case rs256
}

/// The numbers of a public key, the most significant byte first (RFC 7518, section 6; RFC 8037, section 2).
public enum PublicKeyParts: Sendable, Hashable {
    /// A point, 32 bytes for each coordinate.
    case p256(x: [UInt8], y: [UInt8])
    /// 32 bytes.
    case ed25519(x: [UInt8])
    /// Modulus and exponent, without zeros in front.
    case rsa(n: [UInt8], e: [UInt8])
}

/// The numbers of a private key, its public ones among them.
public enum PrivateKeyParts: Sendable {
    /// A point, and 32 bytes for its secret factor.
    case p256(x: [UInt8], y: [UInt8], d: Secret)
    /// 32 bytes each.
    case ed25519(x: [UInt8], d: Secret)
    /// All that RFC 7518, section 6.3.2 names for two primes.
    case rsa(RSAPrivateParts)
}

/// The numbers of a private RSA key with two primes (RFC 8017, section 3.2).
public struct RSAPrivateParts: Sendable {
    /// The modulus.
    public var n: [UInt8]
    /// The public exponent.
    public var e: [UInt8]
    /// The private exponent.
    public var d: Secret
    /// The first prime.
    public var p: Secret
    /// The second prime.
    public var q: Secret
    /// The first prime's exponent.
    public var dp: Secret
    /// The second prime's exponent.
    public var dq: Secret
    /// The coefficient: the inverse of the second prime.
    public var qi: Secret

    /// Puts a key's numbers together.
    public init(
        n: [UInt8], e: [UInt8], d: Secret, p: Secret, q: Secret, dp: Secret, dq: Secret, qi: Secret
    ) {
        self.n = n
        self.e = e
        self.d = d
        self.p = p
        self.q = q
        self.dp = dp
        self.dq = dq
        self.qi = qi
    }
}
