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
