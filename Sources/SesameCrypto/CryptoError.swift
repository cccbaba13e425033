import COpenSSL

/// A cryptographic operation that failed.
public struct CryptoError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: Hashable, Sendable {
        private let name: String

        /// The bytes were changed, or sealed under another key, nonce or associated data.
        public static let notAuthentic = Code(name: "not authentic")
        /// A key, nonce or message has an impossible length.
        public static let badLength = Code(name: "bad length")
        /// A public key with which every private key gives the same secret.
        public static let smallOrder = Code(name: "public key of small order")
        /// No key, or one whose numbers do not fit each other.
        public static let badKey = Code(name: "not a usable key")
        /// A private key behind a passphrase, which nobody is asked for.
        public static let encryptedKey = Code(name: "the key is encrypted with a passphrase")
        /// A key of a kind that is not used here, such as one on another curve.
        public static let unsupportedKey = Code(name: "not a key of P-256, Ed25519 or RSA")
        /// A key that can be broken: RSA with fewer than 2048 bits.
        public static let weakKey = Code(name: "an RSA key needs at least 2048 bits")
        /// No certificate, or one that cannot be read.
        public static let badCertificate = Code(name: "not a usable certificate")
        /// A key that belongs to another certificate.
        public static let keyMismatch = Code(name: "the key is not that of the certificate")
        /// A signature of a kind that this key does not make.
        public static let wrongAlgorithm = Code(name: "not an algorithm of this key")
        /// OpenSSL refused; on a sound installation this does not happen.
        public static let failed = Code(name: "OpenSSL failed")

        fileprivate var words: String { name }
    }

    /// What kind of failure it is.
    public let code: Code

    init(_ code: Code) {
        // A forgotten entry would show up as the reason of somebody else's failure later on.
        ERR_clear_error()
        self.code = code
    }

    /// Words for a log.
    public var description: String { code.words }
}
