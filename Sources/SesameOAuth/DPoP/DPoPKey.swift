import SesameCrypto
import SesameJOSE
public import SesameSecrets

/// The key that tokens are bound to: whoever uses one of them has to have it (RFC 9449).
///
/// It belongs to one grant, and is kept as long as that and with it: a refresh token that is bound to a key
/// is worth nothing without it (section 5).
public struct DPoPKey: Sendable {
    /// The private key as JSON, to be sealed and stored.
    public let encoded: Secret
    /// The SHA-256 thumbprint of the public key (RFC 7638), which servers know it by (`jkt`).
    public let thumbprint: String

    let signer: JWSSigner
    let publicKey: JWK

    /// Makes a new key, of a kind that the server takes: P-256 wherever it can be, else Ed25519.
    /// - Throws: ``OAuthError`` with `proofKeyUnusable` where the server takes neither.
    public static func generate(for server: AuthorizationServer) throws(OAuthError) -> DPoPKey {
        let algorithm = try server.proofAlgorithm()
        return try usable { () throws(JOSEError) in
            try DPoPKey(newKeyFor: algorithm)
        }
    }

    /// Reads a key as it was stored.
    /// - Throws: ``OAuthError`` with `proofKeyUnusable`.
    public init(parsing encoded: Secret) throws(OAuthError) {
        self = try usable { () throws(JOSEError) in
            try DPoPKey(PrivateJWK(parsing: encoded), encoded: encoded)
        }
    }

    private init(newKeyFor algorithm: JWSAlgorithm) throws(JOSEError) {
        let key: PrivateKey
        do throws(CryptoError) {
            key = try PrivateKey.generate(algorithm == .es256 ? .p256 : .ed25519)
        } catch {
            throw JOSEError(error)
        }
        let jwk = PrivateJWK(key, algorithm: algorithm)
        try self.init(jwk, encoded: try jwk.encoded())
    }

    private init(_ jwk: PrivateJWK, encoded: Secret) throws(JOSEError) {
        let algorithm = jwk.algorithm ?? (jwk.privateKey.kind == .p256 ? .es256 : .ed25519)
        self.encoded = encoded
        signer = try JWSSigner(jwk.privateKey, algorithm: algorithm)
        publicKey = try jwk.publicJWK()
        thumbprint = publicKey.thumbprint
    }
}

extension AuthorizationServer {
    /// What proofs are signed with here (RFC 9449, section 5.1); of Ed25519 both names are the same
    /// algorithm (RFC 9864).
    fileprivate func proofAlgorithm() throws(OAuthError) -> JWSAlgorithm {
        let announced = dpopSigningAlgorithms ?? []
        guard !announced.isEmpty else { return .es256 }
        let known: [JWSAlgorithm] = [.es256, .ed25519, .edDSA]
        if let chosen = known.first(where: { announced.contains($0.rawValue) }) { return chosen }
        throw OAuthError(
            .proofKeyUnusable,
            "the server takes proofs by \(announced.joined(separator: ", ").sanitised()), and none of"
                + " \(known.map(\.rawValue).joined(separator: ", "))")
    }
}

private func usable(_ body: () throws(JOSEError) -> DPoPKey) throws(OAuthError) -> DPoPKey {
    do throws(JOSEError) { return try body() } catch {
        throw OAuthError(
            .proofKeyUnusable, "the key that tokens are bound to is unusable: \(error.message)")
    }
}
