import Glibc
import Synchronization

/// A terminal without echo; at most one at a time.
struct HiddenInput {
    /// Switches the echo off; `nil` when the terminal does not let us.
    init?() {
        guard var modes = saved.read() else { return nil }
        modes.c_lflag &= ~tcflag_t(ECHO)
        // The Enter shows. Ctrl-Z does nothing: it would leave the shell without an echo.
        modes.c_lflag |= tcflag_t(ECHONL)
        modes.c_cc.10 = 0
        isHidden.store(true, ordering: .relaxed)
        guard unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &modes) == 0 else { return nil }
    }

    /// Switches the echo on again.
    func end() { Self.restore() }

    /// Makes what ``restore()`` needs, so that a signal handler can call it.
    static func prepare() {
        _ = isHidden.load(ordering: .relaxed)
        _ = saved
    }

    /// Puts the terminal back as it was, if it is not.
    static func restore() {
        if isHidden.exchange(false, ordering: .relaxed) { saved.write() }
    }
}

/// The terminal's modes as they were, at an address that a signal handler may read.
@safe private final class SavedModes: @unchecked Sendable {
    private let modes = UnsafeMutablePointer<termios>.allocate(capacity: 1)

    init() { unsafe modes.initialize(to: termios()) }

    func read() -> termios? {
        unsafe tcgetattr(STDIN_FILENO, modes) == 0 ? modes.pointee : nil
    }

    func write() { unsafe tcsetattr(STDIN_FILENO, TCSANOW, modes) }
}

private let isHidden = Atomic<Bool>(false)
private let saved = SavedModes()
