import COpenSSL

/// The two spellings of an ECDSA signature on P-256: DER for OpenSSL, 64 bytes for everybody here
/// (RFC 7518, section 3.4).
enum ECDSASignature {
    private static let half = 32

    /// `r` and `s` side by side.
    static func raw(der: [UInt8]) throws(CryptoError) -> [UInt8] {
        let read = unsafe der.withUnsafeBufferPointer { der in
            var start = der.baseAddress
            return unsafe d2i_ECDSA_SIG(nil, &start, der.count)
        }
        guard let signature = unsafe read else { throw CryptoError(.failed) }
        defer { unsafe ECDSA_SIG_free(signature) }
        var out = [UInt8](repeating: 0, count: 2 * half)
        let isWhole = unsafe out.withUnsafeMutableBufferPointer { out in
            guard let start = out.baseAddress else { return false }
            let length = Int32(half)
            return unsafe BN_bn2binpad(ECDSA_SIG_get0_r(signature), start, length) == length
                && BN_bn2binpad(ECDSA_SIG_get0_s(signature), start + half, length) == length
        }
        guard isWhole else { throw CryptoError(.failed) }
        return out
    }

    /// The DER form of 64 bytes; `nil` for any other number of them.
    static func der(raw: Span<UInt8>) -> [UInt8]? {
        guard raw.count == 2 * half, let signature = unsafe ECDSA_SIG_new() else { return nil }
        defer { unsafe ECDSA_SIG_free(signature) }
        let isSet = unsafe raw.withUnsafeBufferPointer { raw in
            guard let start = raw.baseAddress else { return false }
            let r = unsafe BN_bin2bn(start, Int32(half), nil)
            let s = unsafe BN_bin2bn(start + half, Int32(half), nil)
            // Takes both over.
            return unsafe ECDSA_SIG_set0(signature, r, s) == 1
        }
        guard isSet else { return nil }
        let length = unsafe i2d_ECDSA_SIG(signature, nil)
        guard length > 0 else { return nil }
        var out = [UInt8](repeating: 0, count: Int(length))
        let written = unsafe out.withUnsafeMutableBufferPointer { out in
            var start = out.baseAddress
            return unsafe i2d_ECDSA_SIG(signature, &start)
        }
        return written == length ? out : nil
    }
}
