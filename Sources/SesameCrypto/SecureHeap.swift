import COpenSSL
import Glibc
import SesameSecrets

/// OpenSSL's secure heap, as the memory of all secrets of this process.
///
/// Its pages are locked (no swap), stay out of core files (`MADV_DONTDUMP`) and lie between guard pages.
/// It cannot grow: when it is full, secrets go to the ordinary heap and are still wiped.
package enum SecureHeap {
    /// What the process has got.
    package enum State: String, Sendable {
        /// Pages that never reach swap.
        case locked
        /// An arena, but the system refused to lock it: `RLIMIT_MEMLOCK` is too small.
        case notLocked = "not_locked"
        /// The ordinary heap only.
        case absent
    }

    /// What the process has got so far.
    package static var state: State { unsafe installed }

    /// Makes the arena; to be called once, before there is a second thread.
    ///
    /// It takes no more than may be locked, so that a small limit makes a small arena and not one that
    /// reaches swap. Failure is a state to show, never the end.
    /// - Parameter bytes: the size where the limit allows it; a power of two. An eighth of the usual limit
    ///   of 8 MiB, enough for four thousand tokens of up to 256 bytes at one time.
    @discardableResult
    package static func install(bytes: Int = 1 << 20) -> State {
        guard unsafe installed == .absent else { return state }
        let outcome = CRYPTO_secure_malloc_init(min(bytes, lockable()), smallestPiece)
        guard outcome == 1 || outcome == 2 else { return .absent }
        unsafe installed = outcome == 1 ? .locked : .notLocked
        // One piece that stays splits the arena once for all. Without it, a lone allocation would split
        // the whole arena and the release would join it again: 2 µs instead of 0.2.
        _ = unsafe CRYPTO_secure_malloc(smallestPiece, nil, 0)
        let arena = unsafe SecretMemory.Arena(
            // Without a file and a line, a full arena leaves nothing in OpenSSL's queue of errors.
            allocate: { count in unsafe CRYPTO_secure_malloc(count, nil, 0) },
            wipeAndRelease: { start, count in
                unsafe CRYPTO_secure_clear_free(start, count, nil, 0)
            })
        arena.install()
        return state
    }

    private static let smallestPiece = 32

    /// The largest power of two that may be locked, and 32 KiB at least.
    private static func lockable() -> Int {
        var limit = rlimit()
        let memoryLock = __rlimit_resource_t(8)
        guard unsafe getrlimit(memoryLock, &limit) == 0 else { return 1 << 20 }
        var size = 1 << 15
        while size < 1 << 30, UInt64(size) * 2 <= UInt64(limit.rlim_cur) { size *= 2 }
        return size
    }
}

// Written once, before there is a second thread.
nonisolated(unsafe) private var installed = SecureHeap.State.absent
