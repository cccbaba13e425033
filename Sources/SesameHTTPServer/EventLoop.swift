import Glibc
package import SesameSystem

/// One thread that waits for descriptors, timers and work.
///
/// It is a task executor, too: tasks that prefer it, and the default actors they call, run on its
/// thread without a hop. Nothing that blocks may run there. The thread ends when the loop goes.
package final class EventLoop: TaskExecutor, Sendable {
    private let reactor: Reactor
    let isolation: LoopIsolation

    /// Starts the thread.
    package init() throws(SystemError) {
        let reactor = try Reactor()
        self.reactor = reactor
        isolation = LoopIsolation(reactor)
        try startThread(name: "sesame-loop") { reactor.run() }
    }

    deinit { reactor.finish() }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        reactor.post { [self] in unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    /// Runs `work` on the loop's thread, behind what was posted before.
    package func post(_ work: @escaping @Sendable () -> Void) { reactor.post(work) }

    /// Watches a descriptor; `ready` runs on the loop's thread until the watch is removed, and is told
    /// the watch's number.
    func watch(
        _ descriptor: Int32, for interest: Interest,
        ready: @escaping @Sendable (UInt64, Readiness) -> Void
    ) throws(SystemError) -> Watch {
        try reactor.watch(descriptor, for: interest, ready: ready)
    }

    /// Changes what a watch waits for.
    func change(_ watch: Watch, to interest: Interest) { reactor.change(watch, to: interest) }

    /// Ends a watch, before the descriptor is closed.
    func remove(_ watch: Watch) { reactor.remove(watch) }

    /// Runs `work` once on the loop's thread when the time has passed.
    ///
    /// Call it on that thread.
    func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> UInt64 {
        schedule(at: SystemTime().uptime + delay, work)
    }

    /// Runs `work` once on the loop's thread at that uptime, or soon after.
    ///
    /// Call it on that thread.
    func schedule(at due: Duration, _ work: @escaping @Sendable () -> Void) -> UInt64 {
        reactor.schedule(at: due, work)
    }

    /// Forgets a scheduled work.
    func cancel(timer: UInt64) { reactor.cancel(timer: timer) }
}

/// What a watch waits for.
struct Interest: OptionSet, Sendable {
    let rawValue: Int32

    /// Only for the other side to be gone altogether, which is always told.
    static let nothing: Interest = []
    static let reading = Interest(rawValue: 1)
    static let writing = Interest(rawValue: 2)
    /// For the other side to say that it sends nothing more, whatever is still to be read before that.
    static let ending = Interest(rawValue: 4)
}

/// What happened to a watched descriptor.
struct Readiness: Sendable {
    /// The other side has gone in both directions, or the socket failed.
    let isGone: Bool
    /// The other side sends nothing more; told to who waits for ``Interest/ending``.
    let hasEnded: Bool
    let isReadable: Bool
}

/// A descriptor under watch.
///
/// Its number is never used again, unlike that of a descriptor: an event that was fetched before the descriptor was closed can not reach the next one.
struct Watch: Sendable {
    let id: UInt64
    let descriptor: Int32
}

/// Lets an actor live on the loop's thread.
final class LoopIsolation: SerialExecutor {
    private let reactor: Reactor

    init(_ reactor: Reactor) { self.reactor = reactor }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        reactor.post { [self] in unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    /// Event handlers are no jobs: they may enter the actor because they run on its thread.
    func checkIsolated() {
        precondition(reactor.isCurrentThread, "not on the thread of the event loop")
    }
}
