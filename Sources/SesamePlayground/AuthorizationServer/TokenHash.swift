import SesameCrypto
import SesameSecrets

/// The SHA-256 digest of a token: what tables and logs hold in its place.
struct TokenHash: Hashable, Sendable {
    private let digits: String

    init(_ token: Secret) {
        digits = token.withBytes { bytes in hexadecimal(SHA256.digest(bytes)) }
    }

    /// Enough to tell tokens apart in a log.
    var prefix: String { String(digits.prefix(12)) }
}

/// Two lower-case digits for each byte.
func hexadecimal(_ bytes: Secret) -> String {
    bytes.withBytes { bytes in
        bytes.indices.map { index in
            (bytes[index] < 16 ? "0" : "") + String(bytes[index], radix: 16)
        }.joined()
    }
}
