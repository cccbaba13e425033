import Glibc
import SesameSecrets
import SesameSystem

/// One connection: its socket, what was read and not yet used, what is still to be sent.
///
/// It decides nothing. ``ServerCore`` owns it and drives it from phase to phase.
final class Connection {
    /// What the connection is waiting for.
    enum Phase {
        /// The first byte of the first request.
        case opened
        /// The first byte of the next request.
        case idle
        /// The rest of a request.
        case receiving
        /// The handler, while content may come in as a stream.
        case handling
        /// Either side, or the one that makes the answer, to move a stream on.
        case streaming
        /// The client, to take the answer.
        case writing
        /// The client, to end its side after our last answer.
        case draining
        /// Nothing any more.
        case closed
    }

    /// What a read brought.
    enum Input {
        case bytes
        case nothing
        case end
    }

    let id: UInt64
    let peer: Peer
    /// When it was made, since the start of the machine.
    let connectedAt = SystemTime().uptime
    let watch: Watch
    let socket: FileDescriptor
    var phase = Phase.opened
    /// When the present phase has lasted too long.
    var due: Duration?
    /// What ``watch`` waits for.
    var interest = Interest.reading
    var task: Task<Void, Never>?
    var closesAfterAnswer = false
    /// The content that is still to come; `nil` once all is there.
    var incoming: IncomingContent?
    /// The answer that goes out as it comes.
    var outgoing: OutgoingContent?
    /// The client may still be sending what we will not read.
    var lingers = false
    /// What ``ServerCore`` has counted of ``held``.
    var countedBytes = 0
    /// Bytes thrown away while draining.
    private(set) var drained = 0
    var input = ReceivedBytes()
    private var bodyBytes = 0
    private(set) var isHead = false
    private(set) var isOld = false
    private var output: Secret?
    private var sent = 0

    init(_ socket: consuming FileDescriptor, peer: Peer, watch: Watch) {
        id = watch.id
        self.socket = socket
        self.peer = peer
        self.watch = watch
    }

    /// Whether a request has begun to arrive.
    var hasInput: Bool { input.count > 0 }

    /// Bytes that this connection keeps in memory: what came in, what a handler works on, what is to
    /// go out.
    var held: Int { input.count + bodyBytes + (output?.count ?? 0) }

    /// Whether the next thing to do is to look for a request.
    var takesRequests: Bool {
        switch phase {
        case .opened, .idle, .receiving: true
        case .handling, .streaming, .writing, .draining, .closed: false
        }
    }

    /// Reads what is there, at most one chunk.
    /// - Parameter scratch: an empty buffer, and empty again afterwards.
    func read(through scratch: inout SecretBuffer) -> Input {
        let count = receive(into: &scratch)
        if count > 0 { input.append(scratch) }
        scratch.removeAll()
        return meaning(of: count)
    }

    /// Reads and forgets, at most one chunk.
    func discard(through scratch: inout SecretBuffer) -> Input {
        let count = receive(into: &scratch)
        scratch.removeAll()
        drained += max(0, count)
        return meaning(of: count)
    }

    /// Takes the next request out of what was read.
    func nextRequest(_ limits: ServerLimits) -> ReceivedBytes.Request {
        let request = input.nextRequest(limits)
        switch request {
        case .whole(let head, let body):
            note(head)
            bodyBytes = body.count
        case .begun(let head): note(head)
        case .incomplete, .refused: break
        }
        return request
    }

    private func note(_ head: RequestHead) {
        (isHead, isOld) = (head.method == "HEAD", head.isOld)
        if head.closesConnection { closesAfterAnswer = true }
    }

    /// Forgets what was received and is not to be answered.
    func dropInput() { input.removeAll() }

    /// Sets what ``write()`` sends.
    func prepare(_ response: ServerResponse) {
        output = response.encoded(withoutBody: isHead, closing: closesAfterAnswer)
        (sent, bodyBytes, isHead) = (0, 0, false)
    }

    /// Sends as much as the socket takes: `true` when all is sent, `nil` when the client is gone.
    func write() -> Bool? {
        guard let output else { return true }
        while sent < output.count {
            let count = output.withBytes { bytes in
                unsafe bytes.withUnsafeBufferPointer { buffer in
                    unsafe send(
                        socket.number, buffer.baseAddress?.advanced(by: sent), buffer.count - sent,
                        Int32(MSG_NOSIGNAL))
                }
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                return false
            } else if errno != EINTR {
                return nil
            }
        }
        self.output = nil
        return true
    }

    /// Tells the client that nothing more will be sent.
    func endOutput() { shutdown(socket.number, Int32(SHUT_WR)) }

    /// `recv` drops descriptors that a client sends along: they never become ours.
    func receive(into scratch: inout SecretBuffer) -> Int {
        var count = 0
        unsafe scratch.appendUnsafely(capacity: 16_384) { room in
            unsafe count = recv(socket.number, room.baseAddress, room.count, 0)
            return count
        }
        return count
    }

    func meaning(of count: Int) -> Input {
        if count > 0 { return .bytes }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? .nothing : .end
    }
}
