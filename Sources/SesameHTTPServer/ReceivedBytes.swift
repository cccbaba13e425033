import SesameSecrets

/// What a connection has received and not yet used: part of a request, or several of them.
///
/// A connection that waits for its next request holds no memory.
struct ReceivedBytes: ~Copyable {
    /// What the bytes held amount to.
    enum Request {
        case incomplete
        case refused(status: Int)
        case whole(RequestHead, body: Secret)
        /// A head; its content stays where it is, as far as it has come.
        case begun(RequestHead)
    }

    /// Number of bytes held.
    private(set) var count = 0
    private var bytes: SecretBuffer?
    private var head: RequestHead?
    /// How much the parser has seen.
    private var parsed = 0
    /// How much was searched for the end of a head.
    private var searched = 0

    mutating func append(_ more: borrowing SecretBuffer, from start: Int = 0) {
        var buffer = bytes.take() ?? SecretBuffer(capacity: more.count - start)
        more.withBytes { buffer.append($0.extracting(start..<$0.count)) }
        count = buffer.count
        bytes = consume buffer
    }

    /// Forgets everything.
    mutating func removeAll() {
        bytes = nil
        head = nil
        (count, parsed, searched) = (0, 0, 0)
    }

    /// Takes out the next request.
    mutating func nextRequest(_ limits: ServerLimits) -> Request {
        if head == nil {
            guard mustParse(limits) else { return .incomplete }
            switch bytes?.withBytes({ parse($0, limits: limits) }) ?? .incomplete {
            case .incomplete: return .incomplete
            case .refused(let status): return .refused(status: status)
            case .head(let parsed): head = parsed
            }
        }
        guard let head else { return .incomplete }
        if limits.takesStreams, head.framing != .length(0) {
            removeFirst(head.length)
            return .begun(head)
        }
        let length = head.contentLength ?? 0
        guard count - head.length >= length else { return .incomplete }
        return .whole(head, body: takeBody(head, length))
    }

    /// Hands over what is held, of which `body` says how much it has used.
    mutating func use<Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Int
    ) throws(Failure) {
        guard count > 0, let used = try bytes?.withBytes(body) else { return }
        removeFirst(used)
    }

    private mutating func removeFirst(_ used: Int) {
        let former = bytes.take()
        removeAll()
        guard let former, former.count > used else { return }
        var rest = SecretBuffer(capacity: former.count - used)
        former.withBytes { rest.append($0.extracting(used..<$0.count)) }
        count = rest.count
        bytes = consume rest
    }

    /// Whether the parser could say more than the last time.
    ///
    /// A head that comes in small pieces is not parsed anew with each of them: that would cost the
    /// square of its length. It is when it has an end, or has doubled.
    private mutating func mustParse(_ limits: ServerLimits) -> Bool {
        guard count > parsed else { return false }
        let start = max(0, searched - 3)
        let hasEnd = bytes?.withBytes { hasEndOfHead($0, from: start) } ?? false
        searched = count
        guard hasEnd || count >= 2 * parsed || count > limits.headBytes else { return false }
        parsed = count
        return true
    }

    private mutating func takeBody(_ head: RequestHead, _ length: Int) -> Secret {
        let end = head.length + length
        let former = bytes.take()
        removeAll()
        guard let former else { return .empty }
        if former.count > end {
            var rest = SecretBuffer(capacity: former.count - end)
            former.withBytes { rest.append($0.extracting(end..<$0.count)) }
            count = rest.count
            bytes = consume rest
        }
        guard length > 0 else { return .empty }
        return former.withBytes { Secret(copying: $0.extracting(head.length..<end)) }
    }
}

private func hasEndOfHead(_ bytes: Span<UInt8>, from start: Int) -> Bool {
    guard bytes.count >= start + 4 else { return false }
    return (start...(bytes.count - 4)).contains { index in
        bytes[index] == 0x0D && bytes[index + 1] == 0x0A && bytes[index + 2] == 0x0D
            && bytes[index + 3] == 0x0A
    }
}
