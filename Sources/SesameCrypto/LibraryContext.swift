import COpenSSL

/// OpenSSL's own context, in which everything here is made; there until the process is gone.
///
/// By itself OpenSSL takes it down when a program calls `exit`. Threads that are still at work with it, if only
/// to give back a key, then crash, and a program that had done its work ends by a signal.
enum LibraryContext {
    nonisolated(unsafe) static let lasting: OpaquePointer? = {
        // The first call of a process says whether it is taken down. Where the program that uses this library
        // has used OpenSSL before, it has decided.
        OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
        return nil
    }()
}
