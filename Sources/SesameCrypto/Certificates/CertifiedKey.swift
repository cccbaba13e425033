import COpenSSL
import Glibc
public import SesameSecrets

/// A certificate chain and the private key of its first certificate, as they stand in files.
///
/// The key may be of any kind that OpenSSL knows: what TLS takes is for TLS to say.
public struct CertifiedKey: Sendable {
    /// The certificates in PEM, the key's own first.
    public let chain: Secret
    /// The private key in PEM.
    public let key: Secret
    /// From when the first certificate is valid, in seconds since 1970.
    public let notBefore: Int64
    /// Until when it is valid, in seconds since 1970.
    public let notAfter: Int64
    /// The SHA-256 digest of the first certificate, by which tokens are bound to it (`x5t#S256`,
    /// RFC 8705, section 3.1).
    public let digest: [UInt8]

    /// Reads both, and holds them against each other.
    ///
    /// Nobody is ever asked for a passphrase.
    /// - Throws: ``CryptoError`` with `badCertificate`, `badKey`, `encryptedKey` or `keyMismatch`.
    public init(chain: Secret, key: Secret) throws(CryptoError) {
        let certificates = try chain.withBytes { text throws(CryptoError) in
            try Certificates(pem: text)
        }
        let pair = try unsafe key.withBytes { text throws(CryptoError) in
            try unsafe readAnyKey(text)
        }
        defer { unsafe EVP_PKEY_free(pair) }
        guard unsafe X509_check_private_key(certificates.first, pair) == 1 else {
            throw CryptoError(.keyMismatch)
        }
        self.chain = chain
        self.key = key
        notBefore = try certificates.notBefore
        notAfter = try certificates.notAfter
        digest = try certificates.digest
    }

    /// Whom the first certificate names, as OpenSSL writes it by RFC 2253; empty where it names nobody.
    public func subject() throws(CryptoError) -> String {
        try chain.withBytes { text throws(CryptoError) in try Certificates(pem: text).subject }
    }

    /// The first certificate in DER and base64, as `x5c` of a JWK holds it (RFC 7517, section 4.7).
    public func encoded() throws(CryptoError) -> String {
        try chain.withBytes { text throws(CryptoError) in try Certificates(pem: text).encoded }
    }
}

/// The certificates of a PEM text, in OpenSSL's keeping.
@safe private final class Certificates {
    /// The first of them.
    let first: OpaquePointer

    init(pem text: Span<UInt8>) throws(CryptoError) {
        guard text.count <= mostPEMBytes else { throw CryptoError(.badLength) }
        // A certificate is read in no context that could be named.
        _ = unsafe LibraryContext.lasting
        var found: [OpaquePointer] = unsafe []
        let isWhole = unsafe text.withUnsafeBufferPointer { text -> Bool in
            guard let start = text.baseAddress,
                let source = unsafe BIO_new_mem_buf(start, Int32(text.count))
            else { return false }
            defer { unsafe BIO_free(source) }
            ERR_clear_error()
            while let next = unsafe PEM_read_bio_X509(source, nil, refusePassphrase, nil) {
                unsafe found.append(next)
            }
            // What stands behind the last one is no certificate, and not a broken one either.
            return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
        }
        ERR_clear_error()
        unsafe found.dropFirst(isWhole ? 1 : 0).forEach { unsafe X509_free($0) }
        guard isWhole, let first = unsafe found.first else { throw CryptoError(.badCertificate) }
        unsafe self.first = first
    }

    deinit { unsafe X509_free(first) }

    var notBefore: Int64 {
        get throws(CryptoError) { try unsafe seconds(X509_get0_notBefore(first)) }
    }

    var notAfter: Int64 {
        get throws(CryptoError) { try unsafe seconds(X509_get0_notAfter(first)) }
    }

    var digest: [UInt8] {
        get throws(CryptoError) {
            var bytes = [UInt8](repeating: 0, count: 32)
            var count: UInt32 = 0
            guard unsafe X509_digest(first, EVP_sha256(), &bytes, &count) == 1, count == 32 else {
                throw CryptoError(.failed)
            }
            return bytes
        }
    }
}

extension Certificates {
    var subject: String {
        get throws(CryptoError) {
            guard let out = unsafe BIO_new(BIO_s_mem()) else { throw CryptoError(.failed) }
            defer { unsafe BIO_free(out) }
            let form = UInt(copenssl_name_form)
            guard unsafe X509_NAME_print_ex(out, X509_get_subject_name(first), 0, form) >= 0 else {
                throw CryptoError(.badCertificate)
            }
            var text = [UInt8](repeating: 0, count: mostPEMBytes)
            let count = unsafe BIO_read(out, &text, Int32(text.count))
            return String(decoding: text.prefix(Int(max(count, 0))), as: UTF8.self)
        }
    }

    var encoded: String {
        get throws(CryptoError) {
            let count = unsafe i2d_X509(first, nil)
            guard count > 0 else { throw CryptoError(.badCertificate) }
            var bytes = [UInt8](repeating: 0, count: Int(count))
            let written = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
                var end = buffer.baseAddress
                return unsafe i2d_X509(first, &end)
            }
            // Four letters for three bytes, and a zero behind them.
            var letters = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
            let length = unsafe EVP_EncodeBlock(&letters, bytes, written)
            guard written == count, length == letters.count - 1 else { throw CryptoError(.failed) }
            return String(decoding: letters.dropLast(), as: UTF8.self)
        }
    }
}

private func seconds(_ time: UnsafePointer<ASN1_TIME>?) throws(CryptoError) -> Int64 {
    var parts = unsafe tm()
    guard unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { throw CryptoError(.badCertificate) }
    let seconds = unsafe timegm(&parts)
    return Int64(seconds)
}
