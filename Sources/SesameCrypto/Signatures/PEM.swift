import COpenSSL

/// The first private key of a PEM text.
/// - Throws: ``CryptoError`` with `encryptedKey`, `badKey`, `unsupportedKey` or `weakKey`.
func readPEM(_ text: Span<UInt8>) throws(CryptoError) -> EVPKey {
    try unsafe EVPKey(owning: readAnyKey(text))
}

/// The same for a key of any kind; whoever calls frees it.
func readAnyKey(_ text: Span<UInt8>) throws(CryptoError) -> OpaquePointer {
    guard text.count <= mostPEMBytes else { throw CryptoError(.badLength) }
    var wasAsked = false
    let read = unsafe text.withUnsafeBufferPointer { text -> OpaquePointer? in
        // OpenSSL reads where the bytes are, without a copy.
        guard let start = text.baseAddress,
            let source = unsafe BIO_new_mem_buf(start, Int32(text.count))
        else { return nil }
        defer { unsafe BIO_free(source) }
        return unsafe PEM_read_bio_PrivateKey_ex(
            source, nil, refusePassphrase, &wasAsked, LibraryContext.lasting, nil)
    }
    guard let read = unsafe read else { throw CryptoError(wasAsked ? .encryptedKey : .badKey) }
    // A decoder that was tried in vain leaves its reason behind.
    ERR_clear_error()
    return unsafe read
}

/// A key of 8192 bits takes 6 KiB; a certificate or two may stand before it.
let mostPEMBytes = 65_536

/// In the place of the callback without which OpenSSL would ask at the terminal.
func refusePassphrase(
    _ room: UnsafeMutablePointer<CChar>?, _ size: Int32, _ writes: Int32,
    _ wasAsked: UnsafeMutableRawPointer?
) -> Int32 {
    unsafe wasAsked?.storeBytes(of: true, as: Bool.self)
    return -1
}
