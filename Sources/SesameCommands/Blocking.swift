import Glibc
import SesameSystem

/// Runs asynchronous work and waits for it: the program has no `async` main, which would cost start-up time.
func blocking<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) -> Result {
    let semaphore = Semaphore()
    let result = Locked<Result?>(nil)
    Task {
        let value = await work()
        result.withLock { $0 = value }
        semaphore.signal()
    }
    while true {
        semaphore.wait()
        if let value = result.withLock({ $0 }) { return value }
    }
}

/// A POSIX semaphore, whose place in memory must not change.
@safe private final class Semaphore: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { unsafe sem_init(semaphore, 0, 0) }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    func signal() { unsafe sem_post(semaphore) }

    /// Also returns early, when a signal came.
    func wait() { unsafe sem_wait(semaphore) }
}
