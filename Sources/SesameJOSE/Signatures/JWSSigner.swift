public import SesameCrypto
public import SesameJSON
public import SesameSecrets

/// A key that signs, with the one algorithm that it is used for (RFC 8725, section 3.1).
public struct JWSSigner: Sendable {
    private enum Key: Sendable {
        case `private`(PrivateKey, SignatureAlgorithm)
        case secret(Secret)
    }

    /// What the header names.
    public let algorithm: JWSAlgorithm
    /// The name of the key in the header (`kid`).
    public let keyID: String?

    private let key: Key

    /// Signs with a private key.
    /// - Throws: ``JOSEError`` with `algorithmNotAllowed` for an algorithm of another kind of key.
    public init(
        _ key: PrivateKey, algorithm: JWSAlgorithm, keyID: String? = nil
    ) throws(JOSEError) {
        guard let signature = algorithm.signature, key.kind.algorithms.contains(signature) else {
            throw JOSEError(.algorithmNotAllowed, "not an algorithm of this key")
        }
        self.algorithm = algorithm
        self.keyID = keyID
        self.key = .private(key, signature)
    }

    /// Signs with a secret that both sides have, by HMAC-SHA-256.
    /// - Throws: ``JOSEError`` with `weakKey` for a secret of fewer than 32 bytes (RFC 7518, section 3.2).
    public init(secret: Secret, keyID: String? = nil) throws(JOSEError) {
        try requireStrength(secret)
        algorithm = .hs256
        self.keyID = keyID
        key = .secret(secret)
    }

    /// Signs claims and gives the compact serialization (RFC 7515, section 7.1).
    /// - Parameters:
    ///   - type: the `typ` of the header.
    ///   - header: further members of it, such as the `jwk` of a proof of possession.
    /// - Throws: ``JOSEError``; on a sound installation this does not happen.
    public func sign(
        _ claims: JSONValue, type: String? = nil, header: [(String, JSONValue)] = []
    ) throws(JOSEError) -> Secret {
        try sign(payload: claims.encoded(), type: type, header: header)
    }

    /// Signs any content.
    /// - Throws: ``JOSEError``; on a sound installation this does not happen.
    public func sign(
        payload: Secret, type: String? = nil, header: [(String, JSONValue)] = []
    ) throws(JOSEError) -> Secret {
        var members: [(String, JSONValue)] = [("alg", .string(algorithm.rawValue))]
        if let type { members.append(("typ", .string(type))) }
        if let keyID { members.append(("kid", .string(keyID))) }
        var out = SecretBuffer(capacity: 1024)
        JSONValue.object(members + header).encoded().withBytes { Base64URL.encode($0, into: &out) }
        out.append(UInt8(ascii: "."))
        payload.withBytes { Base64URL.encode($0, into: &out) }
        let signature = try out.withBytes { message throws(JOSEError) -> Secret in
            try self.signature(of: message)
        }
        out.append(UInt8(ascii: "."))
        signature.withBytes { Base64URL.encode($0, into: &out) }
        return Secret(out)
    }

    private func signature(of message: Span<UInt8>) throws(JOSEError) -> Secret {
        switch key {
        case .secret(let secret): return HMAC.sha256(message, key: secret)
        case .private(let key, let algorithm):
            do throws(CryptoError) {
                return Secret(copying: try key.sign(message, with: algorithm))
            } catch {
                throw JOSEError(error)
            }
        }
    }
}

/// Refuses a secret that is shorter than what HMAC-SHA-256 gives (RFC 7518, section 3.2).
func requireStrength(_ secret: Secret) throws(JOSEError) {
    guard secret.count < 32 else { return }
    throw JOSEError(.weakKey, "a secret for HS256 needs at least 32 bytes (RFC 7518, section 3.2)")
}
