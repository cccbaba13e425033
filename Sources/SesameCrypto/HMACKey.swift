import COpenSSL
package import SesameSecrets

/// A key that many messages are to be authenticated with, by HMAC-SHA-256.
///
/// The algorithm is looked up and the key taken in once; ``HMAC/sha256(_:key:)`` does both each time.
@safe package final class HMACKey: @unchecked Sendable {
    // Never changed after it was made: each message has a copy.
    private let prepared: OpaquePointer

    package init(_ key: Secret) {
        let algorithm = unsafe EVP_MAC_fetch(LibraryContext.lasting, "HMAC", nil)
        defer { unsafe EVP_MAC_free(algorithm) }
        guard let context = unsafe EVP_MAC_CTX_new(algorithm) else {
            preconditionFailure("OpenSSL has no HMAC")
        }
        let parameters = unsafe [
            OSSL_PARAM_construct_utf8_string(parameterText("digest"), parameterText("SHA256"), 0),
            OSSL_PARAM_construct_end(),
        ]
        let isDone = key.withBytes { key in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe EVP_MAC_init(context, key.baseAddress, key.count, parameters)
            }
        }
        guard isDone == 1 else { preconditionFailure("OpenSSL has no HMAC-SHA-256") }
        unsafe prepared = context
    }

    deinit { unsafe EVP_MAC_CTX_free(prepared) }

    /// The 32-byte code of a message.
    package func code(of message: Span<UInt8>) -> Secret {
        var out = SecretBuffer(capacity: 32)
        unsafe out.appendUnsafely(capacity: 32) { room in
            let context = unsafe EVP_MAC_CTX_dup(prepared)
            defer { unsafe EVP_MAC_CTX_free(context) }
            return unsafe message.withUnsafeBufferPointer { message in
                var length = 0
                guard unsafe EVP_MAC_update(context, message.baseAddress, message.count) == 1,
                    unsafe EVP_MAC_final(
                        context, room.baseAddress?.assumingMemoryBound(to: UInt8.self), &length,
                        room.count) == 1
                else { return 0 }
                return length
            }
        }
        precondition(out.count == 32, "OpenSSL has no HMAC-SHA-256")
        return Secret(out)
    }
}
