import Glibc
import SesameSystem

/// Waits for SIGINT or SIGTERM.
///
/// Blocking them is not enough here: the runtime of an `async` main has threads of its own by then, which
/// would take the signal and end the process. So a handler writes into a pipe.
struct Signals: Sendable {
    private let reading: Int32

    /// Takes over both signals, for the rest of the process.
    init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw SystemError("making a pipe") }
        reading = ends[0]
        unsafe wakingEnd = ends[1]
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                var byte: UInt8 = 0
                _ = unsafe write(wakingEnd, &byte, 1)
            }
        }
    }

    /// Returns when one of them has arrived.
    /// - Throws: ``SystemError`` when no thread can be started to wait on.
    func wait() async throws(SystemError) {
        let reading = reading
        let result: Result<Void, SystemError> = await withCheckedContinuation { done in
            do throws(SystemError) {
                try startThread(name: "signals") {
                    var byte: UInt8 = 0
                    while unsafe read(reading, &byte, 1) < 0, errno == EINTR {}
                    done.resume(returning: .success(()))
                }
            } catch {
                done.resume(returning: .failure(error))
            }
        }
        try result.get()
    }
}

/// Set once, before the handler that reads it is installed.
nonisolated(unsafe) private var wakingEnd: Int32 = -1
