import Glibc
import SesameHTTP
import SesameSecrets
import SesameSystem

/// An answer on its way from a pipe to the socket.
///
/// Small pieces are gathered, together with the head and the framing; large ones go out as they are.
final class OutgoingContent {
    /// How the client learns where the content ends.
    private enum Framing {
        case length(left: Int)
        case chunked(hasBegun: Bool)
        /// By the end of the connection: a client of HTTP/1.0 knows nothing else.
        case connection
        case none
    }

    /// What the pipe had for us.
    enum Filling {
        case some
        case nothing
        case complete
        /// The rest will never come, and the client must see that.
        case broken
    }

    let pipe: BytePipe
    private var framing: Framing
    private var gathered = SecretBuffer(heapCapacity: 1024)
    private var gatheredSent = 0
    private var large: BytePipe.Piece?
    private var largeSent = 0
    /// How it ends, once that is known; what was taken before is still to be sent.
    private var ending: Filling?

    /// Begins with the head.
    /// - Parameters:
    ///   - isHead: the request was a HEAD, whose answer has a length and no content.
    ///   - isOld: the client knows no chunks.
    init(
        _ response: ServerResponse, _ content: ContentStream, isHead: Bool, isOld: Bool,
        closing: Bool
    ) {
        pipe = content.pipe
        let lines: String
        switch content.length {
        case _ where response.status == 204 || response.status == 304:
            (framing, lines) = (.none, "")
        case let length?:
            (framing, lines) = (.length(left: length), "Content-Length: \(length)\r\n")
        case nil where isHead: (framing, lines) = (.none, "")
        case nil where isOld: (framing, lines) = (.connection, "")
        case nil: (framing, lines) = (.chunked(hasBegun: false), "Transfer-Encoding: chunked\r\n")
        }
        if isHead { framing = .none }
        response.appendHead(to: &gathered, lines, closing: closing)
    }

    /// Bytes that wait for the client to take them.
    var hasOutput: Bool { gatheredSent < gathered.count || large != nil }

    /// Whether a connection that simply ends would look like a whole answer.
    var endsWithConnection: Bool { if case .connection = framing { true } else { false } }

    /// Takes from the pipe what there is, and not too much; call it when all was sent.
    func fill() -> Filling {
        while ending == nil, large == nil, gathered.count < Self.most {
            switch framing {
            case .none, .length(left: 0):
                ending = .complete
                continue
            default: break
            }
            switch pipe.take() {
            case .piece(let piece):
                if frame(piece.bytes.count) { add(piece) } else { ending = .broken }
            case .nothing: return hasOutput ? .some : .nothing
            case .end: ending = end() ? .complete : .broken
            case .broken: ending = .broken
            }
        }
        return hasOutput ? .some : ending ?? .nothing
    }

    /// Sends as much as the socket takes: `true` when all is sent, `nil` when the client is gone.
    func write(to socket: Int32) -> Bool? {
        let more = large == nil ? 0 : Int32(MSG_MORE)
        while gatheredSent < gathered.count {
            let count = gathered.withBytes { send($0, from: gatheredSent, to: socket, more) }
            guard let count else { return nil }
            if count == 0 { return false }
            gatheredSent += count
        }
        gathered.removeAll()
        gatheredSent = 0
        guard let piece = large else { return true }
        while largeSent < piece.bytes.count {
            let count = piece.bytes.withBytes { send($0, from: largeSent, to: socket, 0) }
            guard let count else { return nil }
            if count == 0 { return false }
            largeSent += count
        }
        (large, largeSent) = (nil, 0)
        pipe.giveBack(piece)
        return true
    }

    private func add(_ piece: BytePipe.Piece) {
        if piece.bytes.count > Self.small { return large = piece }
        piece.bytes.withBytes { gathered.append($0) }
        pipe.giveBack(piece)
    }

    /// Writes what stands before so many bytes; `false` where there are more than were told.
    private func frame(_ count: Int) -> Bool {
        switch framing {
        case .length(let left):
            guard count <= left else { return false }
            framing = .length(left: left - count)
        case .chunked(let hasBegun):
            gathered.append((hasBegun ? "\r\n" : "") + String(count, radix: 16) + "\r\n")
            framing = .chunked(hasBegun: true)
        case .connection: break
        case .none: return false
        }
        return true
    }

    /// Writes the end; `false` where there are fewer bytes than were told.
    private func end() -> Bool {
        switch framing {
        case .length(let left): return left == 0
        case .chunked(let hasBegun): gathered.append((hasBegun ? "\r\n" : "") + "0\r\n\r\n")
        case .connection, .none: break
        }
        return true
    }

    private static let small = 16_384
    private static let most = 65_536
}

/// 0 where the socket takes nothing now; `nil` where nobody is there any more.
private func send(
    _ bytes: Span<UInt8>, from start: Int, to socket: Int32, _ flags: Int32
) -> Int? {
    unsafe bytes.withUnsafeBufferPointer { buffer in
        while true {
            let count = unsafe Glibc.send(
                socket, buffer.baseAddress?.advanced(by: start), buffer.count - start,
                Int32(MSG_NOSIGNAL) | flags)
            if count >= 0 { return count }
            if errno == EAGAIN { return 0 }
            if errno != EINTR { return nil }
        }
    }
}
