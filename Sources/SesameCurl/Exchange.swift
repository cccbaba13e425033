import CCurl
import SesameHTTP
import SesameSecrets
import SesameSystem

/// One request on its way and the answer as it comes in.
///
/// It lives and dies on the thread of libcurl.
final class Exchange {
    let order: Order
    private let shelf: Shelf
    private var easy: EasyHandle
    private var sent = 0
    private var head = ResponseHead()
    private var content = SecretBuffer()
    /// What speaks against the answer, once something does.
    private var objection: String?
    /// Whether the caller has the head of the answer.
    private var hasAnswered = false
    /// Whether the caller has been told the end.
    private var hasEnded = false
    /// What libcurl does not do for now: a sum of `CURLPAUSE_RECV` and `CURLPAUSE_SEND`.
    private var standing: Int32 = 0

    /// Prepares a transfer; `nil` when libcurl refuses one of the options that make it safe.
    /// - Parameter shelf: where it is put once the head of a streamed answer is there.
    init?(_ order: Order, proxy: String?, _ connections: ConnectionLimits, shelf: Shelf) {
        guard let easy = EasyHandle() else { return nil }
        self.order = order
        self.shelf = shelf
        self.easy = easy
        if case .stream(let stream) = order.delivery, let content = stream.content {
            guard content.begin() else { return nil }
        }
        self.easy.configure(for: order, proxy: proxy, connections)
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe self.easy.set(CURLOPT_READFUNCTION, callback: sendContent)
        unsafe self.easy.set(CURLOPT_READDATA, pointer: context)
        unsafe self.easy.set(CURLOPT_HEADERFUNCTION, callback: receiveHead)
        unsafe self.easy.set(CURLOPT_HEADERDATA, pointer: context)
        unsafe self.easy.set(CURLOPT_WRITEFUNCTION, callback: receiveContent)
        unsafe self.easy.set(CURLOPT_WRITEDATA, pointer: context)
        guard self.easy.isAccepted else { return nil }
    }

    var identity: EasyHandle.Identity { easy.identity }

    /// Whether a byte of the request may have left.
    ///
    /// Error codes do not tell: a request that the server had read can end as "could not connect".
    var mayHaveBeenSent: Bool { easy.offset(CURLINFO_PRETRANSFER_TIME_T) > 0 }

    /// What to tell the caller now that libcurl has done with it, once its handle is removed.
    func end(_ result: CURLcode) -> () -> Void {
        let answer = answer(result)
        hasEnded = true
        return { [self] in
            switch (order.delivery, answer) {
            case (.whole(let caller), _): caller.resume(returning: answer)
            case (.stream(let stream), .success):
                stream.answer.finish()
                if !hasAnswered { hand(stream) }
            case (.stream(let stream), .failure(let error)):
                // Head and failure may come in one step: what is there of an answer is told first.
                if !hasAnswered, objection == nil, head.isComplete { hand(stream) }
                giveUp(error)
            }
        }
    }

    /// Tells the caller that there is no answer, or no more of it.
    func giveUp(_ error: TransportError) {
        hasEnded = true
        if case .stream(let stream) = order.delivery, hasAnswered { return stream.answer.fail() }
        order.fail(error)
    }

    /// Lets libcurl go on where one of the pipes has changed.
    func resume() {
        guard standing != 0 else { return }
        // Its callbacks run at once, and find out what still has to stand.
        standing = 0
        easy.resume(standing: CURLPAUSE_CONT)
    }

    /// Whether somebody takes the answer.
    var isWanted: Bool {
        guard case .stream(let stream) = order.delivery else { return true }
        if case .pointless = stream.answer.room() { return false }
        return true
    }

    /// Tells the caller the head of the answer, unless that has happened.
    func handHead() {
        guard case .stream(let stream) = order.delivery, !hasEnded else { return }
        if !hasAnswered { hand(stream) }
        // The server wants no more of the content. While libcurl waits for that, it does not see the end
        // of the answer.
        guard head.status >= 300, standing & CURLPAUSE_SEND != 0 else { return }
        standing &= ~CURLPAUSE_SEND
        easy.resume(standing: standing)
    }

    private func hand(_ stream: Order.Stream) {
        hasAnswered = true
        stream.caller.resume(
            returning: .success(
                StreamedAnswer(status: head.status, fields: head.fields, content: stream.answer)))
    }

    /// The answer, or why there is none.
    private func answer(_ result: CURLcode) -> Result<HTTPResponse, TransportError> {
        if let objection {
            let words = "\(order.request.url.host) \(objection)"
            return .failure(TransportError(.badResponse, words, mayHaveBeenSent: mayHaveBeenSent))
        }
        guard result == CURLE_OK else {
            return .failure(easy.error(result, order.request, mayHaveBeenSent: mayHaveBeenSent))
        }
        guard (200...599).contains(head.status) else {
            let words = "\(order.request.url.host) gave no answer that HTTP knows"
            return .failure(TransportError(.badResponse, words, mayHaveBeenSent: mayHaveBeenSent))
        }
        var body = SecretBuffer(capacity: 0)
        swap(&body, &content)
        return .success(HTTPResponse(status: head.status, fields: head.fields, body: Secret(body)))
    }

    /// Copies the next part of the request's content into libcurl's buffer.
    fileprivate func provide(_ room: UnsafeMutableRawBufferPointer) -> Int {
        if case .stream(let stream) = order.delivery, let content = stream.content {
            switch unsafe content.fill(room) {
            case .bytes(let count): return count
            case .end: return 0
            case .broken: return Int(CURL_READFUNC_ABORT)
            case .nothing:
                standing |= CURLPAUSE_SEND
                return Int(CURL_READFUNC_PAUSE)
            }
        }
        guard let body = order.request.body else { return 0 }
        return body.withBytes { bytes in
            let count = min(room.count, bytes.count - sent)
            let part = bytes.extracting(sent..<(sent + count))
            unsafe part.withUnsafeBytes { unsafe room.copyMemory(from: $0) }
            sent += count
            return count
        }
    }

    /// Takes one line of the head; `false` ends the exchange.
    fileprivate func takeLine(_ line: Span<UInt8>) -> Bool {
        do throws(ResponseHead.Refusal) {
            try head.read(line)
        } catch {
            objection = error.words
        }
        // What came with it shall be there, too, when the caller hears of it.
        if case .stream = order.delivery, head.isComplete { shelf.ready.append(self) }
        return objection == nil
    }

    /// Takes a part of the content, and returns how much: less than all ends the exchange.
    fileprivate func takeContent(_ bytes: Span<UInt8>) -> Int {
        guard case .stream(let stream) = order.delivery else {
            return keep(bytes) ? bytes.count : 0
        }
        switch stream.answer.room() {
        case .some:
            stream.answer.write(bytes)
            return bytes.count
        case .none:
            standing |= CURLPAUSE_RECV
            return Int(CURL_WRITEFUNC_PAUSE)
        case .pointless: return 0
        }
    }

    private func keep(_ bytes: Span<UInt8>) -> Bool {
        let limit = order.request.maximumResponseBytes
        if bytes.count > limit - content.count {
            objection = "sent more than \(limit) bytes"
            return false
        }
        content.append(bytes)
        return true
    }
}

/// Exchanges whose callers are to be told the head of the answer.
///
/// It lives on the thread of libcurl.
final class Shelf {
    var ready: [Exchange] = []
}

private let sendContent: ccurl_callback = { bytes, size, count, context in
    let room = unsafe UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
    return unsafe exchange(context).provide(room)
}

private let receiveHead: ccurl_callback = { bytes, size, count, context in
    let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    let isTaken = unsafe exchange(context).takeLine(line.assumingMemoryBound(to: UInt8.self).span)
    return isTaken ? size * count : 0
}

private let receiveContent: ccurl_callback = { bytes, size, count, context in
    let part = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe exchange(context).takeContent(part.assumingMemoryBound(to: UInt8.self).span)
}

/// The thread keeps the exchange alive for as long as libcurl knows its handle.
private func exchange(_ context: UnsafeMutableRawPointer) -> Exchange {
    unsafe Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
}
