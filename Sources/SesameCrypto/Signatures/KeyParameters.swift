import COpenSSL
import SesameSecrets

/// The numbers that OpenSSL is to make a key of.
@safe struct KeyParameters: ~Copyable {
    private let builder: OpaquePointer
    // The builder only points to what it is given.
    private var numbers: [OpaquePointer] = unsafe []
    private var octets: [UnsafeMutableBufferPointer<UInt8>] = unsafe []

    init() throws(CryptoError) {
        guard let made = unsafe OSSL_PARAM_BLD_new() else { throw CryptoError(.failed) }
        unsafe builder = made
    }

    deinit {
        unsafe OSSL_PARAM_BLD_free(builder)
        unsafe numbers.forEach { unsafe BN_clear_free($0) }
        unsafe octets.forEach { unsafe $0.deallocate() }
    }

    mutating func add(_ name: StaticString, number bytes: [UInt8]) throws(CryptoError) {
        try add(name, bytes.span, isSecret: false)
    }

    mutating func add(_ name: StaticString, number secret: Secret) throws(CryptoError) {
        try secret.withBytes { bytes throws(CryptoError) in
            try add(name, bytes, isSecret: true)
        }
    }

    /// The curve P-256 and a point on it.
    mutating func add(curvePoint x: [UInt8], _ y: [UInt8]) throws(CryptoError) {
        let point = [0x04] + x + y
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: point.count)
        _ = unsafe copy.initialize(from: point)
        unsafe octets.append(copy)
        guard
            unsafe OSSL_PARAM_BLD_push_utf8_string(
                builder, parameterText("group"), parameterText("P-256"), 0) == 1,
            unsafe OSSL_PARAM_BLD_push_octet_string(
                builder, parameterText("pub"), copy.baseAddress, copy.count) == 1
        else { throw CryptoError(.failed) }
    }

    /// Makes the key.
    /// - Throws: ``CryptoError`` with `badKey` for numbers that make none, and with what ``EVPKey`` says.
    consuming func key(_ type: String, isPrivate: Bool) throws(CryptoError) -> EVPKey {
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(LibraryContext.lasting, type, nil)
        else {
            throw CryptoError(.failed)
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard let parameters = unsafe OSSL_PARAM_BLD_to_param(builder) else {
            throw CryptoError(.failed)
        }
        defer { unsafe OSSL_PARAM_free(parameters) }
        var made: OpaquePointer?
        let selection = Int32(isPrivate ? copenssl_key_pair : copenssl_public_key)
        guard unsafe EVP_PKEY_fromdata_init(context) == 1,
            unsafe EVP_PKEY_fromdata(context, &made, selection, parameters) == 1,
            let made = unsafe made
        else { throw CryptoError(.badKey) }
        return try unsafe EVPKey(owning: made)
    }

    private mutating func add(
        _ name: StaticString, _ bytes: Span<UInt8>, isSecret: Bool
    ) throws(CryptoError) {
        // A number of the secure heap also makes the parameters be of the secure heap.
        let made = unsafe isSecret ? BN_secure_new() : BN_new()
        guard let number = unsafe made else { throw CryptoError(.failed) }
        unsafe numbers.append(number)
        let isTaken = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe BN_bin2bn(bytes.baseAddress, Int32(bytes.count), number) != nil
        }
        guard isTaken,
            unsafe OSSL_PARAM_BLD_push_BN(builder, parameterText(name), number) == 1
        else { throw CryptoError(.failed) }
    }
}
