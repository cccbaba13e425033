import Glibc
import Synchronization

/// What Ctrl-C and a polite kill do: the terminal is put back as it was, and the program ends with
/// 128 and the signal's number, unless the work at hand asked to end by itself.
enum Interruption {
    /// Whether the first signal is only noted.
    ///
    /// The second one ends the program, unless it comes at once: `timeout` sends each twice, to the process and to its
    /// group.
    static var isDeferred: Bool {
        get { deferred.load(ordering: .relaxed) }
        set { deferred.store(newValue, ordering: .relaxed) }
    }

    /// Whether a signal was noted.
    static var isNoted: Bool { first.load(ordering: .relaxed) != 0 }

    /// Installs the handlers.
    ///
    /// A signal that was ignored when we started stays ignored (`nohup`).
    static func install() {
        _ = isNoted  // Globals are made on first use, which must not be within a handler.
        _ = isDeferred
        HiddenInput.prepare()
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
            var old = sigaction()
            unsafe sigaction(signal, nil, &old)
            if unsafe unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self) == 1 {
                continue
            }
            var new = sigaction()
            // Without SA_RESTART: a read that waits returns, and its caller looks at `count`.
            unsafe new.__sigaction_handler.sa_handler = { signal in handle(signal) }
            unsafe sigaction(signal, &new, nil)
        }
    }
}

/// Only what is safe within a signal handler: atomics, clock_gettime, tcsetattr, write, _exit.
private func handle(_ signal: Int32) {
    if deferred.load(ordering: .relaxed) {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        let now = time.tv_sec * 1000 + time.tv_nsec / 1_000_000
        let (isFirst, earlier) = first.compareExchange(
            expected: 0, desired: max(now, 1), ordering: .relaxed)
        guard !isFirst, now - earlier > 300 else { return }
    }
    HiddenInput.restore()
    // The shell's prompt begins on a line of its own.
    if isatty(STDERR_FILENO) == 1 { unsafe write(STDERR_FILENO, "\n", 1) }
    _exit(128 + signal)
}

private let deferred = Atomic<Bool>(false)
/// When the first signal came, in milliseconds since the machine was started; 0 before.
private let first = Atomic<Int>(0)
