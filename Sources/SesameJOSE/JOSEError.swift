public import SesameCrypto

/// A key or a signed text that was refused.
public struct JOSEError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of refusal it is.
    public struct Code: Hashable, Sendable {
        /// A stable name for logs.
        public let name: String
        private init(_ name: String) { self.name = name }

        /// No compact JWS, no JWK, or no JWK set at all.
        public static let malformed = Code("malformed")
        /// Larger than anything that is meant well.
        public static let tooLarge = Code("too_large")
        /// The header demands an extension that is not understood (RFC 7515, section 4.1.11).
        public static let criticalExtension = Code("critical_extension")
        /// The algorithm is not among those that are allowed here; `none` never is.
        public static let algorithmNotAllowed = Code("algorithm_not_allowed")
        /// The header names another type than the one that is expected (RFC 8725, section 3.11).
        public static let wrongType = Code("wrong_type")
        /// None of the keys is the one; a newer set of keys may have it.
        public static let unknownKey = Code("unknown_key")
        /// No key that may be tried has made this signature.
        public static let badSignature = Code("bad_signature")
        /// A key of a kind that is not used here; in a set of keys it is passed over.
        public static let unsupportedKey = Code("unsupported_key")
        /// A key that can be guessed or computed.
        public static let weakKey = Code("weak_key")
        /// A private key behind a passphrase.
        public static let encryptedKey = Code("encrypted_key")
        /// OpenSSL refused; on a sound installation this does not happen.
        public static let failed = Code("failed")
    }

    /// What kind of refusal it is.
    public let code: Code
    /// Words for a person, nothing of the text itself in them.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What is wrong with a key.
    public init(_ error: CryptoError) {
        let code: Code =
            switch error.code {
            case .badKey, .badLength: .malformed
            case .unsupportedKey: .unsupportedKey
            case .weakKey: .weakKey
            case .encryptedKey: .encryptedKey
            case .wrongAlgorithm: .algorithmNotAllowed
            default: .failed
            }
        self.init(code, error.description)
    }

    /// Words for a log.
    public var description: String { message }
}
