import Glibc
import Synchronization

/// What Ctrl-C and a polite kill do: the terminal is put back as it was, and the program ends with
/// 128 and the signal's number, unless the work at hand asked to end by itself.
enum Interruption {
    /// Whether the first signal is only counted.
    ///
    /// The second one always ends the program.
    static var isDeferred: Bool {
        get { deferred.load(ordering: .relaxed) }
        set { deferred.store(newValue, ordering: .relaxed) }
    }

    /// How many signals were counted.
    static var count: Int { counter.load(ordering: .relaxed) }

    /// Installs the handlers.
    ///
    /// A signal that was ignored when we started stays ignored (`nohup`).
    static func install() {
        _ = count  // Globals are made on first use, which must not be within a handler.
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

/// Only what is safe within a signal handler: atomics, tcsetattr, write, _exit.
private func handle(_ signal: Int32) {
    if deferred.load(ordering: .relaxed),
        counter.wrappingAdd(1, ordering: .relaxed).newValue == 1
    {
        return
    }
    HiddenInput.restore()
    // The shell's prompt begins on a line of its own.
    if isatty(STDERR_FILENO) == 1 { unsafe write(STDERR_FILENO, "\n", 1) }
    _exit(128 + signal)
}

private let deferred = Atomic<Bool>(false)
private let counter = Atomic<Int>(0)
