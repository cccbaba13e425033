public import SesameCrypto
public import SesameJSON
import SesameSecrets

/// A public key as JSON (RFC 7517), of P-256, Ed25519 or RSA.
///
/// There are no symmetric ones: a secret never stands where public keys stand, so that no signature by
/// HMAC can ever be checked with a public key.
public struct JWK: Sendable {
    /// The key itself.
    public let publicKey: PublicKey
    /// The name that signed texts call it by (`kid`).
    public let keyID: String?
    /// The only algorithm that it is meant for (`alg`), where it says so.
    public let algorithm: String?
    /// What it is meant for (`use`): `sig` for signatures.
    public let use: String?
    /// What may be done with it (`key_ops`).
    public let operations: [String]?

    /// Describes a key.
    public init(_ publicKey: PublicKey, keyID: String? = nil, algorithm: JWSAlgorithm? = nil) {
        self.publicKey = publicKey
        self.keyID = keyID
        self.algorithm = algorithm?.rawValue
        use = nil
        operations = nil
    }

    /// Reads a key.
    /// - Throws: ``JOSEError`` with `malformed`, `unsupportedKey` or `weakKey`; also for a private key,
    ///   which nobody else should have sent.
    public init(_ json: JSON) throws(JOSEError) {
        let names = (json.members ?? []).map(\.name)
        guard !names.contains(where: privateMembers.contains) else {
            throw JOSEError(.malformed, "a private key stands where a public one belongs")
        }
        try self.init(publicPartOf: json)
    }

    /// Reads the public half of a key, public or private.
    init(publicPartOf json: JSON) throws(JOSEError) {
        let parts = try publicParts(json)
        do throws(CryptoError) {
            publicKey = try PublicKey(parts)
        } catch {
            throw JOSEError(error)
        }
        keyID = try json.text("kid")
        algorithm = try json.text("alg")
        use = try json.text("use")
        operations = try json.texts("key_ops")
    }

    /// The key's own members and its name, for others to read.
    public var json: JSONValue {
        .object(members + (keyID.map { [("kid", .string($0))] } ?? []))
    }

    /// The members that make up the key, and nothing else: what a proof of possession carries
    /// (RFC 9449, section 4.2).
    public var members: [(String, JSONValue)] {
        func text(_ bytes: [UInt8]) -> JSONValue { .string(Base64URL.encode(bytes.span)) }
        return switch publicKey.parts {
        case .p256(let x, let y):
            [("crv", "P-256"), ("kty", "EC"), ("x", text(x)), ("y", text(y))]
        case .ed25519(let x): [("crv", "Ed25519"), ("kty", "OKP"), ("x", text(x))]
        case .rsa(let n, let e): [("e", text(e)), ("kty", "RSA"), ("n", text(n))]
        }
    }

    /// The SHA-256 thumbprint in base64url (RFC 7638, section 3).
    public var thumbprint: String {
        // The members are in the order of their names already, and are written without blanks.
        let canonical = JSONValue.object(members).encoded()
        return canonical.withBytes { SHA256.digest($0) }.withBytes { Base64URL.encode($0) }
    }

    /// Whether signatures of that algorithm may be checked with it.
    public func fits(_ algorithm: JWSAlgorithm) -> Bool {
        guard let signature = algorithm.signature,
            publicKey.kind.algorithms.contains(signature)
        else { return false }
        if let named = self.algorithm {
            guard JWSAlgorithm(rawValue: named)?.signature == signature else { return false }
        }
        return use.map { $0 == "sig" } ?? true && operations.map { $0.contains("verify") } ?? true
    }
}

/// What only private and symmetric keys have (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1).
private let privateMembers: Set<String> = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

private func publicParts(_ json: JSON) throws(JOSEError) -> PublicKeyParts {
    guard json.isObject, let type = try json.text("kty") else {
        throw JOSEError(.malformed, "a key without a type (kty)")
    }
    switch (type, try json.text("crv")) {
    case ("EC", "P-256"): return .p256(x: try json.bytes("x"), y: try json.bytes("y"))
    case ("OKP", "Ed25519"): return .ed25519(x: try json.bytes("x"))
    case ("RSA", _): return .rsa(n: try json.bytes("n"), e: try json.bytes("e"))
    default: throw JOSEError(.unsupportedKey, "not a key of P-256, Ed25519 or RSA")
    }
}
