public import SesameCrypto
import SesameJSON
public import SesameSecrets

/// A private key with the name that its signatures call it by; as JSON (RFC 7517) it can be stored.
public struct PrivateJWK: Sendable {
    /// The key itself.
    public let privateKey: PrivateKey
    /// Its name (`kid`).
    public let keyID: String?
    /// The only algorithm that it is meant for (`alg`), where it says so.
    public let algorithm: JWSAlgorithm?

    /// Describes a key.
    public init(_ privateKey: PrivateKey, keyID: String? = nil, algorithm: JWSAlgorithm? = nil) {
        self.privateKey = privateKey
        self.keyID = keyID
        self.algorithm = algorithm
    }

    /// Reads what a file holds: a JWK, or a PEM text, which knows no name.
    /// - Throws: ``JOSEError`` with `malformed`, `encryptedKey`, `unsupportedKey` or `weakKey`.
    public init(file contents: Secret) throws(JOSEError) {
        let isJSON = contents.withBytes { bytes in
            bytes.indices.first { bytes[$0] > 0x20 }.map { bytes[$0] == UInt8(ascii: "{") }
        }
        guard isJSON != true else {
            try self.init(parsing: contents)
            return
        }
        do throws(CryptoError) {
            self.init(try PrivateKey(pem: contents))
        } catch {
            throw JOSEError(error)
        }
    }

    /// Reads a private JWK, whose numbers must fit each other.
    /// - Throws: ``JOSEError`` with `malformed`, `unsupportedKey` or `weakKey`.
    public init(parsing document: Secret) throws(JOSEError) {
        let json = try readObject(document, mostBytes: 65_536)
        let described = try JWK(publicPartOf: json)
        guard described.use.map({ $0 == "sig" }) ?? true,
            described.operations.map({ $0.contains("sign") }) ?? true
        else { throw JOSEError(.unsupportedKey, "the key is not meant for signatures") }
        let named = described.algorithm.map { JWSAlgorithm(rawValue: $0) }
        if let named {
            guard let signature = named?.signature,
                described.publicKey.kind.algorithms.contains(signature)
            else { throw JOSEError(.unsupportedKey, "the key is meant for another algorithm") }
        }
        let parts = try privateParts(json, described.publicKey.parts)
        do throws(CryptoError) {
            self.init(
                try PrivateKey(parts), keyID: described.keyID, algorithm: named ?? nil)
        } catch {
            throw JOSEError(error)
        }
    }

    /// The public half under the same name.
    /// - Throws: ``JOSEError``; on a sound installation this does not happen.
    public func publicJWK() throws(JOSEError) -> JWK {
        do throws(CryptoError) {
            return JWK(try privateKey.publicKey(), keyID: keyID, algorithm: algorithm)
        } catch {
            throw JOSEError(error)
        }
    }

    /// The whole key as JSON, to be sealed and stored.
    /// - Throws: ``JOSEError``, for a key of which not all numbers are known.
    public func encoded() throws(JOSEError) -> Secret {
        let parts: PrivateKeyParts
        do throws(CryptoError) {
            parts = try privateKey.dangerouslyRevealedParts()
        } catch {
            throw JOSEError(error)
        }
        var members = try publicJWK().members + privateMembers(parts)
        if let keyID { members.append(("kid", .string(keyID))) }
        if let algorithm { members.append(("alg", .string(algorithm.rawValue))) }
        return JSONValue.object(members).encoded()
    }
}

private func privateParts(
    _ json: JSON, _ known: PublicKeyParts
) throws(JOSEError) -> PrivateKeyParts {
    switch known {
    case .p256(let x, let y): return .p256(x: x, y: y, d: try json.secretBytes("d"))
    case .ed25519(let x): return .ed25519(x: x, d: try json.secretBytes("d"))
    case .rsa(let n, let e):
        guard json["oth"] == nil else {
            throw JOSEError(.unsupportedKey, "an RSA key with more than two primes")
        }
        return .rsa(
            RSAPrivateParts(
                n: n, e: e, d: try json.secretBytes("d"), p: try json.secretBytes("p"),
                q: try json.secretBytes("q"), dp: try json.secretBytes("dp"),
                dq: try json.secretBytes("dq"), qi: try json.secretBytes("qi")))
    }
}

private func privateMembers(_ parts: PrivateKeyParts) -> [(String, JSONValue)] {
    func text(_ secret: Secret) -> JSONValue {
        var out = SecretBuffer(capacity: secret.count * 2)
        secret.withBytes { Base64URL.encode($0, into: &out) }
        return .secret(Secret(out))
    }
    return switch parts {
    case .p256(_, _, let d), .ed25519(_, let d): [("d", text(d))]
    case .rsa(let key):
        [
            ("d", text(key.d)), ("p", text(key.p)), ("q", text(key.q)), ("dp", text(key.dp)),
            ("dq", text(key.dq)), ("qi", text(key.qi)),
        ]
    }
}
