import Glibc
import SesameSecrets
import SesameSystem

/// One connection: its socket, what was read and not yet used, what is still to be sent.
///
/// It decides nothing. ``ServerCore`` owns it and drives it from phase to phase.
final class Connection {
    /// What the connection is waiting for.
    enum Phase {
        /// A request, or the rest of one.
        case reading
        /// The handler.
        case handling
        /// The client, to take the answer.
        case writing
        /// The client, to end its side after our last answer.
        case draining
    }

    /// What a read brought.
    enum Input {
        case bytes
        case nothing
        case end
    }

    /// What the bytes held amount to.
    enum Request {
        case incomplete
        case refused(status: Int)
        case whole(ServerRequest)
    }

    let id: UInt64
    let peer: Peer
    private let connectedAt = SystemTime().uptime
    let watch: Watch
    private let socket: FileDescriptor
    var phase = Phase.reading
    var timer: UInt64?
    var task: Task<Void, Never>?
    var closesAfterAnswer = false
    /// The client may still be sending what we will not read.
    var lingers = false
    /// The request being answered was a HEAD.
    private(set) var isHead = false
    /// Bytes thrown away while draining.
    private(set) var drained = 0
    private var input = SecretBuffer()
    private var head: RequestHead?
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

    /// Reads what is there, at most one chunk.
    func read() -> Input {
        var count = 0
        unsafe input.appendUnsafely(capacity: 16_384) { room in
            unsafe count = recv(socket.number, room.baseAddress, room.count, 0)
            return count
        }
        return meaning(of: count)
    }

    /// Reads and forgets, at most one chunk.
    func discard() -> Input {
        var scrap = SecretBuffer(capacity: 16_384)
        var count = 0
        unsafe scrap.appendUnsafely(capacity: 16_384) { room in
            unsafe count = recv(socket.number, room.baseAddress, room.count, 0)
            return count
        }
        drained += max(0, count)
        return meaning(of: count)
    }

    /// Takes the next request out of what was read.
    func nextRequest(_ limits: ServerLimits) -> Request {
        if head == nil {
            switch input.withBytes({ parse($0, limits: limits) }) {
            case .incomplete: return .incomplete
            case .refused(let status): return .refused(status: status)
            case .head(let parsed): head = parsed
            }
        }
        guard let head, input.count - head.length >= head.contentLength else { return .incomplete }
        let end = head.length + head.contentLength
        let body = input.withBytes { Secret(copying: $0.extracting(head.length..<end)) }
        var rest = SecretBuffer()
        input.withBytes { rest.append($0.extracting(end..<$0.count)) }
        input = rest
        self.head = nil
        isHead = head.method == "HEAD"
        if head.closesConnection { closesAfterAnswer = true }
        return .whole(
            ServerRequest(
                method: head.method, path: head.path, query: head.query, fields: head.fields,
                body: body, peer: peer, connectedAt: connectedAt))
    }

    /// Sets what ``write()`` sends.
    func prepare(_ response: ServerResponse) {
        output = response.encoded(withoutBody: isHead, closing: closesAfterAnswer)
        sent = 0
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

    private func meaning(of count: Int) -> Input {
        if count > 0 { return .bytes }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? .nothing : .end
    }
}
