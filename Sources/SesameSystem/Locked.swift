#if THREAD_SANITIZER
    import Glibc
#else
    internal import Synchronization
#endif

/// A value behind a lock, for small synchronous state that several threads share.
///
/// The thread sanitizer does not know `Synchronization.Mutex` and reports races inside it; built with
/// `-DTHREAD_SANITIZER` this type uses a POSIX mutex. Nothing else in Sesame uses a mutex directly.
@safe package final class Locked<Value: Sendable>: @unchecked Sendable {
    #if THREAD_SANITIZER
        private let mutex: UnsafeMutablePointer<pthread_mutex_t>
        private var value: Value

        package init(_ value: Value) {
            unsafe mutex = .allocate(capacity: 1)
            unsafe pthread_mutex_init(mutex, nil)
            self.value = value
        }

        deinit {
            unsafe pthread_mutex_destroy(mutex)
            unsafe mutex.deallocate()
        }

        package func withLock<Result, Failure: Error>(
            _ body: (inout Value) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            unsafe pthread_mutex_lock(mutex)
            defer { unsafe pthread_mutex_unlock(mutex) }
            return try body(&value)
        }
    #else
        // A mutex of nothing, with the value beside it: code that does not know `Value` would have to
        // look up what a `Mutex<Value>` is each time that it locks one.
        private let mutex = Mutex<Void>(())
        private var value: Value

        package init(_ value: Value) {
            self.value = value
        }

        package func withLock<Result: Sendable, Failure: Error>(
            _ body: (inout Value) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            try mutex.withLock { (_: inout Void) throws(Failure) -> Result in try body(&value) }
        }
    #endif
}
