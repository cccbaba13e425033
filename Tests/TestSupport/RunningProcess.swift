import Glibc
import SesameSystem

extension ChildProcess {
    /// A program that runs in the background.
    package final class Running: Sendable {
        private struct State {
            var input: Int32
            var pending: [UInt8] = []
            var streams: [Stream: Capture]
            var status: Int32?
        }
        private struct Capture {
            var descriptor: Int32
            var bytes: [UInt8] = []
            var read = 0
        }

        /// One of the two streams that a program writes to.
        package enum Stream: Sendable {
            /// Standard output.
            case output
            /// Standard error.
            case errors
        }

        /// Its process number; still taken until ``wait(timeLimit:)`` has returned.
        package let process: Int32
        private let name: String
        private let state: Locked<State>

        init(_ name: String, process: pid_t, input: Int32, output: Int32, errors: Int32) {
            self.name = name
            self.process = process
            let streams: [Stream: Capture] = [
                .output: Capture(descriptor: output), .errors: Capture(descriptor: errors),
            ]
            for descriptor in [input, output, errors] { setNonblocking(descriptor) }
            state = Locked(State(input: input, streams: streams))
        }

        deinit {
            signal(SIGKILL)
            state.withLock { state in
                for capture in state.streams.values { close(capture.descriptor) }
                close(state.input)
                if process > 0, state.status == nil { waitpid(process, nil, 0) }
            }
        }

        /// Asks it to end (SIGTERM).
        package func terminate() { signal(SIGTERM) }

        /// Ends it (SIGKILL).
        package func kill() { signal(SIGKILL) }

        /// Sends it a signal, unless it has been waited for.
        package func signal(_ number: Int32) {
            // Signal 0 names no process, and pid 0 would mean this whole group.
            guard process > 0 else { return }
            state.withLock { state in
                if state.status == nil { _ = Glibc.kill(process, number) }
            }
        }

        /// Queues bytes for its standard input; they go out as it reads, while someone waits for it.
        package func write(_ bytes: [UInt8]) {
            state.withLock {
                $0.pending += bytes; Self.feed(&$0)
            }
        }

        /// Queues a text for its standard input.
        package func write(_ text: String) { write(Array(text.utf8)) }

        /// Ends its standard input once all queued bytes are read.
        package func closeInput() {
            closesInput.withLock { $0 = true }
            state.withLock { if $0.pending.isEmpty { Self.endInput(&$0) } }
        }
        private let closesInput = Locked(false)

        /// The next line it writes, without its end; `nil` at the end of the stream.
        /// - Throws: ``Failure`` when none comes within the limit.
        package func nextLine(
            _ stream: Stream = .output, timeLimit: Duration = patience
        ) throws -> String? {
            let deadline = ContinuousClock.now + timeLimit
            while true {
                let (line, isOver) = state.withLock { Self.takeLine(&$0.streams[stream]) }
                if let line { return line }
                if isOver { return nil }
                try pump(until: deadline)
            }
        }

        /// Reads on until it has written this text, such as a prompt, which ends no line.
        /// - Throws: ``Failure`` when it does not come within the limit, or at all.
        package func skip(past text: String, timeLimit: Duration = patience) throws {
            let deadline = ContinuousClock.now + timeLimit
            while true {
                let (isThere, isOver) = state.withLock { state in
                    Self.take(Array(text.utf8), from: &state.streams[.output])
                }
                if isThere { return }
                guard !isOver else { throw Failure(description: "\(name) never wrote: \(text)") }
                try pump(until: deadline)
            }
        }

        /// Waits for its end and for the end of its output.
        /// - Throws: ``Failure`` when that does not come within the limit; it is killed then.
        package func wait(timeLimit: Duration = patience) throws -> Finished {
            let deadline = ContinuousClock.now + timeLimit
            while state.withLock({ $0.streams.values.contains { $0.descriptor >= 0 } }) {
                try pump(until: deadline)
            }
            while !reap() {
                guard ContinuousClock.now < deadline else { throw overdue() }
                poll(nil, 0, 2)
            }
            return state.withLock { state in
                Finished(
                    status: state.status ?? -1, output: Self.text(state.streams[.output]),
                    errors: Self.text(state.streams[.errors]))
            }
        }

        /// Moves bytes in all three directions once, waiting for the first to move.
        private func pump(until deadline: ContinuousClock.Instant) throws {
            guard ContinuousClock.now < deadline else { throw overdue() }
            state.withLock { state in
                var wanted = state.streams.values.filter { $0.descriptor >= 0 }.map {
                    pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0)
                }
                if !state.pending.isEmpty, state.input >= 0 {
                    wanted.append(pollfd(fd: state.input, events: Int16(POLLOUT), revents: 0))
                }
                // Short, so that others get at the lock and the deadline is seen.
                unsafe poll(&wanted, nfds_t(wanted.count), 20)
                Self.feed(&state)
                if state.pending.isEmpty, closesInput.withLock({ $0 }) { Self.endInput(&state) }
                for stream in [Stream.output, .errors] { Self.drain(&state.streams[stream]) }
            }
        }

        private func overdue() -> Failure {
            kill()
            let told = state.withLock { state in
                "output: \(Self.text(state.streams[.output]))\n"
                    + "errors: \(Self.text(state.streams[.errors]))"
            }
            return Failure(description: "\(name) is not done in time\n\(told)")
        }

        /// Whether it has ended.
        private func reap() -> Bool {
            state.withLock { state in
                if state.status != nil { return true }
                var raw: Int32 = 0
                guard unsafe waitpid(process, &raw, WNOHANG) == process else { return false }
                let signal = raw & 0x7F
                state.status = signal == 0 ? (raw >> 8) & 0xFF : 128 + signal
                return true
            }
        }

        private static func feed(_ state: inout State) {
            guard !state.pending.isEmpty, state.input >= 0 else { return }
            let written = withoutBrokenPipeSignal {
                unsafe state.pending.withUnsafeBytes {
                    unsafe Glibc.write(state.input, $0.baseAddress, $0.count)
                }
            }
            if written > 0 {
                state.pending.removeFirst(written)
            } else if errno != EAGAIN, errno != EINTR {
                state.pending = []
                endInput(&state)
            }
        }

        private static func endInput(_ state: inout State) {
            if state.input >= 0 { close(state.input) }
            state.input = -1
        }

        private static func drain(_ capture: inout Capture?) {
            guard let descriptor = capture?.descriptor, descriptor >= 0 else { return }
            var room = [UInt8](repeating: 0, count: 65_536)
            let count = unsafe read(descriptor, &room, room.count)
            if count > 0 {
                capture?.bytes += room[..<count]
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                close(descriptor)
                capture?.descriptor = -1
            }
        }

        private static func takeLine(_ capture: inout Capture?) -> (line: String?, isOver: Bool) {
            guard let current = capture else { return (nil, true) }
            let rest = current.bytes[current.read...]
            let isOver = current.descriptor < 0
            guard let end = rest.firstIndex(of: 0x0A) ?? (isOver ? rest.endIndex : nil),
                !rest.isEmpty
            else { return (nil, isOver) }
            capture?.read = min(end + 1, rest.endIndex)
            return (String(decoding: rest[..<end], as: UTF8.self), false)
        }

        private static func take(
            _ wanted: [UInt8], from capture: inout Capture?
        ) -> (isThere: Bool, isOver: Bool) {
            guard let current = capture else { return (false, true) }
            let rest = Array(current.bytes[current.read...])
            let starts = rest.indices.dropLast(wanted.count - 1)
            guard let start = starts.first(where: { rest[$0...].starts(with: wanted) }) else {
                return (false, current.descriptor < 0)
            }
            capture?.read = current.read + start + wanted.count
            return (true, false)
        }

        private static func text(_ capture: Capture?) -> String {
            String(decoding: capture?.bytes ?? [], as: UTF8.self)
        }
    }
}

private func setNonblocking(_ descriptor: Int32) {
    let flags = fcntl(descriptor, F_GETFL)
    _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
}

/// Writing to a program that has gone raises SIGPIPE in this thread: keeps it from being delivered.
private func withoutBrokenPipeSignal(_ body: () -> Int) -> Int {
    var broken = sigset_t()
    var former = sigset_t()
    unsafe sigemptyset(&broken)
    unsafe sigaddset(&broken, SIGPIPE)
    unsafe pthread_sigmask(SIG_BLOCK, &broken, &former)
    let result = body()
    let failure = errno
    if result < 0, failure == EPIPE {
        var none = timespec()
        unsafe sigtimedwait(&broken, nil, &none)
    }
    unsafe pthread_sigmask(SIG_SETMASK, &former, nil)
    errno = failure
    return result
}
