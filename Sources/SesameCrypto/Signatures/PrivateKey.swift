import COpenSSL
public import SesameSecrets

/// A private key that makes signatures; OpenSSL holds it and wipes it with the last reference.
public final class PrivateKey: Sendable {
    let handle: EVPKey

    /// What it is made for.
    public var kind: KeyKind { handle.kind }

    init(_ handle: EVPKey) {
        self.handle = handle
    }

    /// Makes a new key; one of RSA has ``KeyKind/fewestRSABits`` bits.
    /// - Throws: ``CryptoError``, where OpenSSL has no entropy or no memory.
    public static func generate(_ kind: KeyKind) throws(CryptoError) -> PrivateKey {
        let type = kind == .p256 ? "EC" : kind.rawValue
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(LibraryContext.lasting, type, nil)
        else {
            throw CryptoError(.failed)
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_keygen_init(context) == 1 else { throw CryptoError(.failed) }
        let isSet =
            switch kind {
            case .p256: unsafe EVP_PKEY_CTX_set_group_name(context, "P-256")
            case .rsa: unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, KeyKind.fewestRSABits)
            case .ed25519: Int32(1)
            }
        var made: OpaquePointer?
        guard isSet == 1, unsafe EVP_PKEY_generate(context, &made) == 1, let made = unsafe made
        else { throw CryptoError(.failed) }
        return PrivateKey(try unsafe EVPKey(owning: made))
    }

    /// Reads the first private key of a PEM text: PKCS #8, SEC 1 (`EC PRIVATE KEY`) or PKCS #1
    /// (`RSA PRIVATE KEY`).
    ///
    /// Nobody is ever asked for a passphrase.
    /// - Throws: ``CryptoError`` with `encryptedKey`, `badKey`, `unsupportedKey` or `weakKey`.
    public convenience init(pem: Secret) throws(CryptoError) {
        self.init(try pem.withBytes { text throws(CryptoError) in try readPEM(text) })
    }

    /// Puts a key together from its numbers, which must fit each other.
    /// - Throws: ``CryptoError`` with `badKey`, `badLength`, `unsupportedKey` or `weakKey`.
    public convenience init(_ parts: PrivateKeyParts) throws(CryptoError) {
        switch parts {
        case .p256(let x, let y, let d): self.init(try curveKey(x, y, d))
        case .ed25519(let x, let d): self.init(try edwardsKey(x, d))
        case .rsa(let numbers): self.init(try rsaKey(numbers))
        }
    }

    /// The public key of the pair, without the private one behind it.
    /// - Throws: ``CryptoError``; on a sound installation this does not happen.
    public func publicKey() throws(CryptoError) -> PublicKey {
        try PublicKey(try handle.publicParts())
    }

    /// Its numbers, to be stored.
    /// - Throws: ``CryptoError``, for a key of which not all are known.
    public func dangerouslyRevealedParts() throws(CryptoError) -> PrivateKeyParts {
        switch try handle.publicParts() {
        case .p256(let x, let y):
            return .p256(x: x, y: y, d: try handle.secretNumber("priv", length: 32))
        case .ed25519(let x): return .ed25519(x: x, d: try handle.rawBytes(isPrivate: true))
        case .rsa(let n, let e):
            return .rsa(
                RSAPrivateParts(
                    n: n, e: e, d: try handle.secretNumber("d"),
                    p: try handle.secretNumber("rsa-factor1"),
                    q: try handle.secretNumber("rsa-factor2"),
                    dp: try handle.secretNumber("rsa-exponent1"),
                    dq: try handle.secretNumber("rsa-exponent2"),
                    qi: try handle.secretNumber("rsa-coefficient1")))
        }
    }

    /// Signs a message.
    /// - Throws: ``CryptoError`` with `wrongAlgorithm` for one that is not of ``KeyKind/algorithms``.
    public func sign(
        _ message: Span<UInt8>, with algorithm: SignatureAlgorithm
    ) throws(CryptoError) -> [UInt8] {
        let context = try SignatureContext(algorithm, handle, verifies: false)
        let signature = try context.sign(message)
        return algorithm == .es256 ? try ECDSASignature.raw(der: signature) : signature
    }
}

private func curveKey(_ x: [UInt8], _ y: [UInt8], _ d: Secret) throws(CryptoError) -> EVPKey {
    guard x.count == 32, y.count == 32, d.count == 32 else { throw CryptoError(.badLength) }
    var numbers = try KeyParameters()
    try numbers.add(curvePoint: x, y)
    try numbers.add("priv", number: d)
    let key = try numbers.key("EC", isPrivate: true)
    guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(LibraryContext.lasting, key.pointer, nil)
    else {
        throw CryptoError(.failed)
    }
    defer { unsafe EVP_PKEY_CTX_free(context) }
    // The factor within the order of the curve, and the point made by it.
    guard unsafe EVP_PKEY_check(context) == 1 else { throw CryptoError(.badKey) }
    return key
}

private func edwardsKey(_ x: [UInt8], _ d: Secret) throws(CryptoError) -> EVPKey {
    guard x.count == 32, d.count == 32 else { throw CryptoError(.badLength) }
    let made = unsafe d.withBytes { bytes in
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe EVP_PKEY_new_raw_private_key_ex(
                LibraryContext.lasting, "ED25519", nil, bytes.baseAddress, bytes.count)
        }
    }
    guard let made = unsafe made else { throw CryptoError(.failed) }
    let key = try unsafe EVPKey(owning: made)
    guard try key.publicParts() == .ed25519(x: x) else { throw CryptoError(.badKey) }
    return key
}

private func rsaKey(_ parts: RSAPrivateParts) throws(CryptoError) -> EVPKey {
    let all = [parts.d, parts.p, parts.q, parts.dp, parts.dq, parts.qi]
    guard all.allSatisfy({ !$0.isEmpty && $0.count <= parts.n.count }), isSized(parts.n, parts.e)
    else { throw CryptoError(.badLength) }
    guard isProduct(parts.p, parts.q, parts.n) else { throw CryptoError(.badKey) }
    var numbers = try KeyParameters()
    try numbers.add("n", number: parts.n)
    try numbers.add("e", number: parts.e)
    try numbers.add("d", number: parts.d)
    try numbers.add("rsa-factor1", number: parts.p)
    try numbers.add("rsa-factor2", number: parts.q)
    try numbers.add("rsa-exponent1", number: parts.dp)
    try numbers.add("rsa-exponent2", number: parts.dq)
    try numbers.add("rsa-coefficient1", number: parts.qi)
    let key = PrivateKey(try numbers.key("RSA", isPrivate: true))
    // Cheaper than to prove that primes are such: a signature that the public key accepts.
    let probe: [UInt8] = [0]
    let signature: [UInt8]
    do throws(CryptoError) {
        signature = try key.sign(probe.span, with: .rs256)
    } catch {
        throw CryptoError(.badKey)
    }
    guard try key.publicKey().isValid(signature.span, of: probe.span, with: .rs256) else {
        throw CryptoError(.badKey)
    }
    return key.handle
}

private func isProduct(_ p: Secret, _ q: Secret, _ n: [UInt8]) -> Bool {
    let context = unsafe BN_CTX_secure_new()
    let (first, second, product) = unsafe (BN_secure_new(), BN_secure_new(), BN_new())
    defer {
        unsafe BN_clear_free(first)
        unsafe BN_clear_free(second)
        unsafe BN_free(product)
        unsafe BN_CTX_free(context)
    }
    guard unsafe context != nil, unsafe read(p, into: first), unsafe read(q, into: second),
        unsafe BN_mul(product, first, second, context) == 1
    else { return false }
    var bytes = [UInt8](repeating: 0, count: n.count)
    return unsafe BN_bn2binpad(product, &bytes, Int32(n.count)) == n.count && bytes == n
}

private func read(_ secret: Secret, into number: OpaquePointer?) -> Bool {
    secret.withBytes { bytes in
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe number != nil
                && BN_bin2bn(bytes.baseAddress, Int32(bytes.count), number) != nil
        }
    }
}

/// Refuses numbers that are only there to make work.
func isSized(_ n: [UInt8], _ e: [UInt8]) -> Bool {
    (1...Int(KeyKind.mostRSABits) / 8).contains(n.count) && (1...8).contains(e.count)
}
