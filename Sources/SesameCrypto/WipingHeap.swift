import COpenSSL
import CWipe

/// The heap of OpenSSL itself, wiped at release.
///
/// OpenSSL wipes keys before it gives them back, and leaves the rest as it is: the records of a TLS
/// connection, read and decrypted, tokens in them.
package enum WipingHeap {
    /// To be called once, before OpenSSL has taken any memory.
    /// - Returns: `false` when it has, and nothing changes.
    @discardableResult
    package static func install() -> Bool {
        unsafe CRYPTO_set_mem_functions(
            { size, _, _ in unsafe cwipe_allocate(size) },
            { memory, size, _, _ in unsafe cwipe_resize(memory, size) },
            { memory, _, _ in unsafe cwipe_free(memory) }) == 1
    }
}
