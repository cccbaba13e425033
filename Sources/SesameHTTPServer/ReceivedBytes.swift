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
    }

    /// Number of bytes held.
    private(set) var count = 0
    private var bytes: SecretBuffer?
    private var head: RequestHead?
    /// How much the parser has seen.
    private var parsed = 0
    /// How much was searched for the end of a head.
    private var searched = 0

    mutating func append(_ more: borrowing SecretBuffer) {
        var buffer = bytes.take() ?? SecretBuffer(capacity: more.count)
        more.withBytes { buffer.append($0) }
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
        guard let head, count - head.length >= head.contentLength else { return .incomplete }
        return .whole(head, body: takeBody(head))
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

    private mutating func takeBody(_ head: RequestHead) -> Secret {
        let end = head.length + head.contentLength
        let former = bytes.take()
        removeAll()
        guard let former else { return .empty }
        if former.count > end {
            var rest = SecretBuffer(capacity: former.count - end)
            former.withBytes { rest.append($0.extracting(end..<$0.count)) }
            count = rest.count
            bytes = consume rest
        }
        guard head.contentLength > 0 else { return .empty }
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
