/// The C text of a literal, for OpenSSL's parameters (OSSL_PARAM): they remember the address, so it has to live as long
/// as they do, which this one does, as long as the process.
///
/// A `String` that is handed to a C function as its text is gone when that function returns.
func parameterText(_ literal: StaticString) -> UnsafeMutablePointer<CChar> {
    unsafe UnsafeMutableRawPointer(mutating: literal.utf8Start).assumingMemoryBound(to: CChar.self)
}
