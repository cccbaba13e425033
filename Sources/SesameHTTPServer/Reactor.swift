import CLinux
import Glibc
import SesameSystem

/// The epoll set, the mailbox and the timers behind an ``EventLoop``.
final class Reactor: Sendable {
    private struct State {
        var mailbox: [@Sendable () -> Void] = []
        var watches: [UInt64: @Sendable (UInt64, Readiness) -> Void] = [:]
        var timers: [UInt64: (due: Duration, work: @Sendable () -> Void)] = [:]
        var lastID: UInt64 = 0
        var thread: pthread_t?
        var isFinished = false
        /// The thread waits, or is about to: work for it needs the bell.
        var isWaiting = false

        mutating func nextID() -> UInt64 {
            lastID += 1
            return lastID
        }
    }

    private let state = Locked(State())
    private let poller: FileDescriptor
    private let bell: FileDescriptor
    private let time = SystemTime()

    init() throws(SystemError) {
        let number = clinux_epoll_create()
        guard number >= 0 else { throw SystemError("making an epoll set") }
        poller = FileDescriptor(owning: number)
        let event = clinux_eventfd()
        guard event >= 0 else { throw SystemError("making an event descriptor") }
        bell = FileDescriptor(owning: event)
        try control(clinux_watch_add, Watch(id: 0, descriptor: event), .reading)
    }

    var isCurrentThread: Bool { state.withLock { $0.thread == pthread_self() } }

    func run() {
        state.withLock { $0.thread = pthread_self() }
        var events = [clinux_event](repeating: clinux_event(), count: 64)
        while let timeout = nextTimeout() {
            let count = unsafe clinux_epoll_wait(
                poller.number, &events, Int32(events.count), timeout)
            for event in events.prefix(max(0, Int(count))) { dispatch(event) }
            for work in takeDueTimers() { work() }
            // Work brings more work, most of it soon done: that saves looking at the descriptors each time.
            for _ in 0..<8 {
                let mail = takeMail()
                if mail.isEmpty { break }
                for work in mail { work() }
            }
        }
        state.withLock { $0.watches = [:] }
    }

    func finish() {
        state.withLock { $0.isFinished = true }
        ring()
    }

    func post(_ work: @escaping @Sendable () -> Void) {
        let mustRing = state.withLock { state in
            state.mailbox.append(work)
            defer { state.isWaiting = false }
            return state.isWaiting && state.thread != pthread_self()
        }
        if mustRing { ring() }
    }

    func watch(
        _ descriptor: Int32, for interest: Interest,
        ready: @escaping @Sendable (UInt64, Readiness) -> Void
    ) throws(SystemError) -> Watch {
        let id = state.withLock { state in
            let id = state.nextID()
            state.watches[id] = ready
            return id
        }
        let watch = Watch(id: id, descriptor: descriptor)
        do throws(SystemError) {
            try control(clinux_watch_add, watch, interest)
        } catch {
            state.withLock { _ = $0.watches.removeValue(forKey: id) }
            throw error
        }
        return watch
    }

    func change(_ watch: Watch, to interest: Interest) {
        try? control(clinux_watch_change, watch, interest)
    }

    func remove(_ watch: Watch) {
        try? control(clinux_watch_remove, watch, .nothing)
        _ = state.withLock { $0.watches.removeValue(forKey: watch.id) }
    }

    func schedule(at due: Duration, _ work: @escaping @Sendable () -> Void) -> UInt64 {
        state.withLock { state in
            let id = state.nextID()
            state.timers[id] = (due, work)
            return id
        }
    }

    func cancel(timer: UInt64) {
        _ = state.withLock { $0.timers.removeValue(forKey: timer)?.work }
    }

    /// Milliseconds until something is due, -1 for never; `nil` when the loop shall end.
    private func nextTimeout() -> Int32? {
        let (isFinished, hasMail, due) = state.withLock { state in
            state.isWaiting = state.mailbox.isEmpty
            return (
                state.isFinished, !state.mailbox.isEmpty, state.timers.values.lazy.map(\.due).min()
            )
        }
        if hasMail { return 0 }
        if isFinished { return nil }
        guard let due else { return -1 }
        let (seconds, attoseconds) = (due - time.uptime).components
        if seconds < 0 || attoseconds < 0 { return 0 }
        return Int32(min(seconds, 3600)) * 1000 + Int32(attoseconds / 1_000_000_000_000_000) + 1
    }

    private func dispatch(_ event: clinux_event) {
        if event.id == 0 {
            var count: UInt64 = 0
            _ = unsafe read(bell.number, &count, 8)
            return
        }
        let ready = state.withLock { $0.watches[event.id] }
        ready?(
            event.id,
            Readiness(
                isGone: event.is_gone != 0, hasEnded: event.has_ended != 0,
                isReadable: event.is_readable != 0))
    }

    private func takeDueTimers() -> [@Sendable () -> Void] {
        guard state.withLock({ !$0.timers.isEmpty }) else { return [] }
        let now = time.uptime
        return state.withLock { state in
            let due = state.timers.filter { $0.value.due <= now }
            for id in due.keys { state.timers[id] = nil }
            return due.values.map(\.work)
        }
    }

    private func takeMail() -> [@Sendable () -> Void] {
        state.withLock { state in
            defer { (state.mailbox, state.isWaiting) = ([], false) }
            return state.mailbox
        }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = unsafe write(bell.number, &one, 8)
    }

    private func control(
        _ operation: Int, _ watch: Watch, _ interest: Interest
    ) throws(SystemError) {
        let result = clinux_epoll_control(
            poller.number, Int32(operation), watch.descriptor, interest.rawValue, watch.id)
        guard result == 0 else { throw SystemError("watching a descriptor") }
    }
}
