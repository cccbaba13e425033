public import SesameSecrets

/// What a client shows in the TLS handshake where a server asks who it is (RFC 8446, section 4.4.2).
///
/// Whoever makes a request reads it from its files, so that the next request has what is there then.
public struct ClientCertificate: Sendable {
    /// The client's certificate and those that lead to its authority, in PEM, its own first.
    public let chain: Secret
    /// The private key of the first, in PEM, without a passphrase.
    public let key: Secret

    /// Takes what was read and checked.
    public init(chain: Secret, key: Secret) {
        self.chain = chain
        self.key = key
    }
}
