import COpenSSL

/// One signature to be made or checked.
@safe struct SignatureContext: ~Copyable {
    private let context: OpaquePointer
    // The context refers to it.
    private let key: EVPKey

    /// - Throws: ``CryptoError`` with `wrongAlgorithm` for one that is not of the key's kind.
    init(
        _ algorithm: SignatureAlgorithm, _ key: EVPKey, verifies: Bool
    ) throws(CryptoError) {
        guard key.kind.algorithms.contains(algorithm) else { throw CryptoError(.wrongAlgorithm) }
        guard let made = unsafe begun(algorithm, key, verifies: verifies) else {
            throw CryptoError(.failed)
        }
        unsafe context = made
        self.key = key
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    func sign(_ message: Span<UInt8>) throws(CryptoError) -> [UInt8] {
        // No key that is allowed makes a longer one.
        var out = [UInt8](repeating: 0, count: Int(KeyKind.mostRSABits) / 8)
        var count = out.count
        let isDone = unsafe message.withUnsafeBufferPointer { message in
            unsafe EVP_DigestSign(context, &out, &count, message.baseAddress, message.count) == 1
        }
        guard isDone else { throw CryptoError(.failed) }
        return Array(out[..<count])
    }

    func accepts(_ signature: Span<UInt8>, of message: Span<UInt8>) -> Bool {
        let code = unsafe signature.withUnsafeBufferPointer { signature in
            unsafe message.withUnsafeBufferPointer { message in
                unsafe EVP_DigestVerify(
                    context, signature.baseAddress, signature.count, message.baseAddress,
                    message.count)
            }
        }
        // Refused is an ordinary answer here; what it left behind would be somebody else's reason.
        if code != 1 { ERR_clear_error() }
        return code == 1
    }
}

private func begun(
    _ algorithm: SignatureAlgorithm, _ key: EVPKey, verifies: Bool
) -> OpaquePointer? {
    guard let context = unsafe EVP_MD_CTX_new() else { return nil }
    // Ed25519 has its digest within.
    let digest = algorithm == .ed25519 ? nil : "SHA256"
    var settings: OpaquePointer?
    let begin = unsafe verifies ? EVP_DigestVerifyInit_ex : EVP_DigestSignInit_ex
    guard unsafe begin(context, &settings, digest, nil, nil, key.pointer, nil) == 1,
        unsafe isPadded(settings, algorithm)
    else {
        unsafe EVP_MD_CTX_free(context)
        return nil
    }
    return unsafe context
}

private func isPadded(_ settings: OpaquePointer?, _ algorithm: SignatureAlgorithm) -> Bool {
    switch algorithm {
    case .es256, .ed25519: true
    case .rs256: unsafe EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PADDING) == 1
    case .ps256:
        unsafe EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1
            && EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1
    }
}
