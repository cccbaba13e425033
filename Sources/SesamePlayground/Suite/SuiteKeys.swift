import SesameCrypto
import SesameJOSE
import SesameJSON
import SesameSecrets

/// The keys that all suite issuers share: making those of RSA takes a while.
struct SuiteKeys: Sendable {
    /// A key and the name that it goes by.
    struct Named: Sendable {
        let key: PrivateKey
        let jwk: JWK

        init(_ kind: KeyKind, _ name: String) throws {
            key = try PrivateKey.generate(kind)
            jwk = JWK(try key.publicKey(), keyID: name)
        }

        /// The public half under another name.
        func json(named name: String) -> JSONValue {
            .object(jwk.members + [("kid", .string(name)), ("use", "sig")])
        }
    }

    let rsa: Named
    /// What follows it when the key changes.
    let nextRSA: Named
    let curve: Named
    let edwards: Named

    init() throws {
        rsa = try Named(.rsa, "rsa-1")
        nextRSA = try Named(.rsa, "rsa-2")
        curve = try Named(.p256, "ec-1")
        edwards = try Named(.ed25519, "ed-1")
    }

    /// The key that signs by an algorithm.
    func key(for algorithm: JWSAlgorithm, isNew: Bool) -> Named {
        switch algorithm {
        case .es256: curve
        case .ed25519, .edDSA: edwards
        default: isNew ? nextRSA : rsa
        }
    }

    /// The document at `jwks_uri`.
    func document(_ module: SuiteModule, isNew: Bool) -> JSONValue {
        let own = key(for: module.algorithm, isNew: isNew)
        var keys = [own.json(named: own.jwk.keyID ?? "")]
        switch module.keys {
        case .one: break
        case .several:
            keys = [nextRSA, rsa, curve, edwards].map { $0.json(named: $0.jwk.keyID ?? "") }
        case .decoys:
            keys =
                [
                    .object([("kty", "oct"), ("k", "c2VjcmV0"), ("kid", "rsa-1")]),
                    .object([("kty", "RSA"), ("n", "AQAB"), ("e", "Aw"), ("kid", "rsa-1")]),
                    .object([("kty", "EC"), ("crv", "P-521"), ("kid", "rsa-1")]),
                    nextRSA.json(named: "rsa-1"), curve.json(named: "rsa-1"),
                ] + keys
        }
        return .object([("keys", .array(keys))])
    }

    /// Signs as a module has it.
    func sign(
        _ claims: JSONValue, _ module: SuiteModule, _ signature: SuiteModule.Signature, isNew: Bool
    ) throws -> String {
        let algorithm: JWSAlgorithm = signature.isByAnother ? .rs256 : module.algorithm
        let own = key(for: algorithm, isNew: isNew)
        let name = module.namesKey ? own.jwk.keyID : nil
        switch signature {
        case .right, .byAnother:
            return try JWSSigner(own.key, algorithm: algorithm, keyID: name).sign(claims)
                .dangerouslyRevealedText()
        case .wrong, .wrongES256:
            let text = try JWSSigner(own.key, algorithm: algorithm, keyID: name).sign(claims)
            return spoiled(text.dangerouslyRevealedText())
        case .wrongHS256:
            let secret = Secret(utf8: SuiteIssuer.clientSecret)
            return spoiled(try JWSSigner(secret: secret).sign(claims).dangerouslyRevealedText())
        case .none:
            let header = Base64URL.encode(Array(#"{"alg":"none"}"#.utf8).span)
            return header + "." + claims.encoded().withBytes { Base64URL.encode($0) } + "."
        }
    }
}

/// The text with another beginning of its signature.
private func spoiled(_ text: String) -> String {
    let parts = text.split(separator: ".").map(String.init)
    let signature = parts[2]
    let first = signature.hasPrefix("A") ? "B" : "A"
    return parts[0] + "." + parts[1] + "." + first + signature.dropFirst()
}

extension SuiteModule.Signature {
    fileprivate var isByAnother: Bool { if case .byAnother = self { true } else { false } }
}

// What the tricks say, asked one at a time.
extension SuiteModule {
    var keys: Keys {
        for case .keys(let keys) in tricks { return keys }
        return .one
    }

    var namesKey: Bool {
        for case .namesNoKey in tricks { return false }
        return true
    }

    var signature: Signature {
        for case .signature(let signature) in tricks { return signature }
        return .right
    }

    var keyChange: KeyChange? {
        for case .newKey(let change) in tricks { return change }
        return nil
    }

    /// Whether a second login is signed with another key than the first.
    package var changesKeyBetweenLogins: Bool { keyChange == .betweenLogins }

    var issuerSuffix: String {
        for case .issuerSuffix(let suffix) in tricks { return suffix }
        return ""
    }

    var error: String? {
        for case .error(let code) in tricks { return code }
        return nil
    }
}
