import CLinux
import Glibc
package import SesameSecrets

/// What a program prints, as a secret: for programs that are asked for a key.
///
/// There is no shell. The program gets exactly the given variables, nothing to read, and none of our
/// descriptors. What it says about errors goes to nobody: it may repeat the secret.
package enum CapturedProgram {
    /// Why there is no output to use.
    package enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
        /// It is not there, or may not be run.
        case notStarted
        /// It ended with this status; 128 and the signal where one killed it.
        case failed(status: Int32)
        /// It did not end in time, and was killed.
        case overdue
        /// It printed more than the limit, and was killed.
        case tooLong
        /// The system refused.
        case system(String)

        package var description: String {
            switch self {
            case .notStarted: "it cannot be started"
            case .failed(let status): "it ended with status \(status)"
            case .overdue: "it did not end in time and was killed"
            case .tooLong: "it printed too much and was killed"
            case .system(let text): text
            }
        }
    }

    /// Runs a program to its end and returns what it has printed until then.
    ///
    /// It blocks the calling thread. Programs that it started in turn and left running are killed with
    /// its process group; one that has left the group is not waited for.
    /// - Parameters:
    ///   - program: its absolute path.
    ///   - input: what it can read, up to 4096 bytes; without it there is nothing.
    ///   - limit: the most bytes that it may print.
    ///   - time: how long it may take.
    package static func output(
        of program: String, _ arguments: [String], environment: [String: String],
        input: Secret = .empty, limit: Int, within time: Duration
    ) throws(Failure) -> Secret {
        let deadline = SystemTime().uptime + time
        let given = try descriptor(toRead: input)
        let pipe = try open()
        let output = FileDescriptor(owning: pipe.reading)
        let spawned = SpawnedProgram(
            program, arguments, environment: environment,
            .captured(output: pipe.writing, input: given.number))
        withExtendedLifetime(given) {}
        // Else the end of the output would never show.
        close(pipe.writing)
        guard let spawned else { throw .notStarted }
        let printed: Secret
        do throws(Failure) {
            printed = try collect(from: spawned, output.number, limit: limit, until: deadline)
        } catch {
            spawned.killGroup()
            spawned.wait(seconds: 2)
            throw error
        }
        spawned.killGroup()
        guard let status = spawned.wait(seconds: 2) else { throw .system("it left no exit status") }
        guard status == 0 else { throw .failed(status: status) }
        return printed
    }

    /// Reads until the program has ended, and then what still stands in the pipe.
    private static func collect(
        from spawned: SpawnedProgram, _ output: Int32, limit: Int, until deadline: Duration
    ) throws(Failure) -> Secret {
        let handle = try watch(spawned)
        clinux_set_nonblocking(output, 1)
        // All the room at once: a buffer that grows is copied, and wiped, at each step.
        var buffer = SecretBuffer(capacity: limit + 1)
        var polls = [output, handle.number].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        while true {
            let left = deadline - SystemTime().uptime
            guard left > .zero else { throw .overdue }
            guard unsafe poll(&polls, 2, left.milliseconds) >= 0 else {
                if errno == EINTR { continue }
                throw .system("\(SystemError("waiting for a program"))")
            }
            let hasEnded = polls[1].revents != 0
            // A negative number is left out by poll(2): a closed pipe would be ready all the time.
            if polls[0].revents != 0 || hasEnded, drain(output, into: &buffer, limit: limit) {
                polls[0].fd = -1
            }
            guard buffer.count <= limit else { throw .tooLong }
            if hasEnded { return Secret(buffer) }
        }
    }

    /// Takes what is there, up to one byte more than the limit.
    /// - Returns: whether nothing more can come.
    private static func drain(
        _ output: Int32, into buffer: inout SecretBuffer, limit: Int
    ) -> Bool {
        while buffer.count <= limit {
            var count = 0
            unsafe buffer.appendUnsafely(capacity: limit + 1 - buffer.count) { room in
                unsafe count = read(output, room.baseAddress, room.count)
                return count
            }
            if count == 0 { return true }
            if count < 0, errno != EINTR { return false }
        }
        return false
    }

    /// The end of a pipe at which this can be read, and then its end.
    ///
    /// So much has room in any pipe: nobody has to be there who reads it.
    private static func descriptor(toRead input: Secret) throws(Failure) -> FileDescriptor {
        guard input.count <= 4096 else { throw .system("there is too much for it to read") }
        let pipe = try open()
        defer { close(pipe.writing) }
        let reading = FileDescriptor(owning: pipe.reading)
        do throws(SystemError) {
            try input.withBytes { bytes throws(SystemError) in
                try FileDescriptor.writeAll(bytes, to: pipe.writing)
            }
        } catch {
            throw .system("\(error)")
        }
        return reading
    }

    private static func open() throws(Failure) -> (reading: Int32, writing: Int32) {
        do throws(SystemError) {
            return try FileDescriptor.pipe()
        } catch {
            throw .system("\(error)")
        }
    }

    private static func watch(_ spawned: SpawnedProgram) throws(Failure) -> FileDescriptor {
        do throws(SystemError) {
            return try spawned.handle()
        } catch {
            throw .system("\(error)")
        }
    }
}
