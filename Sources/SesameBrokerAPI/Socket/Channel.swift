import CLinux
import Glibc
import SesameSecrets
import SesameSystem

/// One connected socket with deadlines, and the broker process at its end where that is our own.
final class Channel: Sendable {
    /// Why an exchange came to nothing.
    enum Failure: Error, Equatable {
        /// The deadline passed.
        case timeout
        /// The connection ended; `early` when not one byte of the answer had come.
        case closed(early: Bool)
        /// The answer is not what our server writes.
        case malformed
    }

    private let descriptor: FileDescriptor
    private let process: SpawnedProgram?

    init(_ descriptor: consuming FileDescriptor, process: SpawnedProgram? = nil) {
        self.descriptor = descriptor
        self.process = process
    }

    deinit {
        shutdown(descriptor.number, Int32(SHUT_RDWR))
        process?.wait(seconds: 2)
    }

    /// Whether the process at the other end was started for this channel.
    var isOwn: Bool { process != nil }

    /// Whether the other end has gone, or has said something unasked.
    var isStale: Bool {
        var poll = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        return unsafe Glibc.poll(&poll, 1, 0) != 0
    }

    /// Sends one request and reads one answer.
    func exchange(
        _ request: Secret, limit: Int, deadline: Duration
    ) throws(Failure) -> (head: AnswerHead, body: Secret) {
        // A broker that refuses early may close while we still send; its answer says why.
        try? request.withBytes { bytes throws(Failure) in try send(bytes, deadline: deadline) }
        var received = SecretBuffer(capacity: 4096)
        var end: Int?
        while end == nil {
            guard received.count <= AnswerHead.limit else { throw .malformed }
            try receive(into: &received, deadline: deadline)
            end = received.withBytes { AnswerHead.end(in: $0) }
        }
        let start = end ?? 0
        let text = received.withBytes { String(copying: $0.extracting(0..<start)) }
        guard let head = AnswerHead(text), head.contentLength <= limit else { throw .malformed }
        while received.count < start + head.contentLength {
            try receive(into: &received, deadline: deadline)
        }
        guard received.count == start + head.contentLength else { throw .malformed }
        return (head, received.withBytes { Secret(copying: $0.extracting(start..<$0.count)) })
    }

    private func send(_ bytes: Span<UInt8>, deadline: Duration) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let sent = unsafe bytes.withUnsafeBufferPointer { buffer in
                unsafe Glibc.send(
                    descriptor.number, buffer.baseAddress?.advanced(by: done), buffer.count - done,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if sent > 0 {
                done += sent
            } else if errno == EAGAIN {
                try wait(for: POLLOUT, deadline: deadline)
            } else if errno != EINTR {
                throw .closed(early: true)
            }
        }
    }

    private func receive(into buffer: inout SecretBuffer, deadline: Duration) throws(Failure) {
        while true {
            try wait(for: POLLIN, deadline: deadline)
            var count = 0
            // Most answers are short, and room that is not needed costs time to be had and wiped.
            let room = buffer.count == 0 ? 4096 : 65_536
            unsafe buffer.appendUnsafely(capacity: room) { room in
                unsafe count = recv(
                    descriptor.number, room.baseAddress, room.count, Int32(MSG_DONTWAIT))
                return count
            }
            if count > 0 { return }
            if count == 0 || (errno != EINTR && errno != EAGAIN) {
                throw .closed(early: buffer.count == 0)
            }
        }
    }

    private func wait(for events: Int32, deadline: Duration) throws(Failure) {
        while true {
            let left = deadline - SystemTime().uptime
            guard left > .zero else { throw .timeout }
            var poll = pollfd(fd: descriptor.number, events: Int16(events), revents: 0)
            if unsafe Glibc.poll(&poll, 1, left.milliseconds) > 0 { return }
        }
    }
}
