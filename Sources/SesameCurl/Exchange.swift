import CCurl
import SesameHTTP
import SesameSecrets

/// One request on its way and the answer as it comes in.
///
/// It lives and dies on the thread of libcurl.
final class Exchange {
    let order: Order
    private var easy: EasyHandle
    private var sent = 0
    private var head = ResponseHead()
    private var content = SecretBuffer()
    /// What speaks against the answer, once something does.
    private var objection: String?

    /// Prepares a transfer; `nil` when libcurl refuses one of the options that make it safe.
    init?(_ order: Order, proxy: String?) {
        guard let easy = EasyHandle() else { return nil }
        self.order = order
        self.easy = easy
        self.easy.configure(for: order.request, proxy: proxy)
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

    /// The answer, or why there is none.
    func answer(_ result: CURLcode) -> Result<HTTPResponse, TransportError> {
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
        return objection == nil
    }

    /// Takes a part of the content; `false` ends the exchange.
    fileprivate func takeContent(_ bytes: Span<UInt8>) -> Bool {
        let limit = order.request.maximumResponseBytes
        if bytes.count > limit - content.count {
            objection = "sent more than \(limit) bytes"
            return false
        }
        content.append(bytes)
        return true
    }
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
    let isTaken = unsafe exchange(context).takeContent(
        part.assumingMemoryBound(to: UInt8.self).span)
    return isTaken ? size * count : 0
}

/// The thread keeps the exchange alive for as long as libcurl knows its handle.
private func exchange(_ context: UnsafeMutableRawPointer) -> Exchange {
    unsafe Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
}
