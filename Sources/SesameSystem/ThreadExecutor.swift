import CLinux
import Glibc

/// A serial executor that owns one thread, for an actor whose work blocks (SQLite, libcurl, scrypt).
///
/// Blocking work never runs on the shared pool. The thread ends when the executor goes.
package final class ThreadExecutor: SerialExecutor, Sendable {
    private let mailbox = Mailbox()

    /// Starts the thread.
    ///
    /// `name` shows in debuggers; at most 15 bytes.
    /// - Throws: ``SystemError`` when the system gives no thread.
    package init(name: String) throws(SystemError) {
        let mailbox = mailbox
        try startThread(name: name) { mailbox.run() }
    }

    deinit { mailbox.finish() }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = unsafe asUnownedSerialExecutor()
        mailbox.post { unsafe job.runSynchronously(on: executor) }
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }
}

/// Runs `body` on a new detached thread.
/// - Parameter stackBytes: `nil` for the system's own choice.
/// - Throws: ``SystemError`` when the system gives no thread, as under `RLIMIT_NPROC` or in a full
///   control group; `body` is not run then.
package func startThread(
    name: String, stackBytes: Int? = nil, _ body: @escaping @Sendable () -> Void
) throws(SystemError) {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { unsafe pthread_attr_destroy(&attributes) }
    if let stackBytes { unsafe pthread_attr_setstacksize(&attributes, stackBytes) }
    var thread = pthread_t()
    let name = String(name.prefix(15))
    let box = unsafe Unmanaged.passRetained(
        Box {
            unsafe clinux_name_thread(name); body()
        })
    let result = unsafe pthread_create(
        &thread, &attributes,
        { raw in
            guard let raw = unsafe raw else { return nil }
            unsafe Unmanaged<Box>.fromOpaque(raw).takeRetainedValue().body()
            return nil
        }, box.toOpaque())
    guard result == 0 else {
        unsafe box.release()
        throw SystemError("starting a thread", code: result)
    }
}

/// Work for one thread, in order.
@safe private final class Mailbox: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var work: [@Sendable () -> Void] = []
    private var isFinished = false

    init() {
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    func post(_ item: @escaping @Sendable () -> Void) {
        unsafe pthread_mutex_lock(mutex)
        work.append(item)
        unsafe pthread_cond_signal(condition)
        unsafe pthread_mutex_unlock(mutex)
    }

    func finish() {
        unsafe pthread_mutex_lock(mutex)
        isFinished = true
        unsafe pthread_cond_signal(condition)
        unsafe pthread_mutex_unlock(mutex)
    }

    func run() {
        while let items = next() { for item in items { item() } }
    }

    private func next() -> [@Sendable () -> Void]? {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while work.isEmpty {
            if isFinished { return nil }
            unsafe pthread_cond_wait(condition, mutex)
        }
        defer { work = [] }
        return work
    }
}
