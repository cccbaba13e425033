package import SesameHTTP
package import SesameSystem

/// A request whose answer is handed over at the end of its head, and whose content may be a stream.
package struct StreamedRequest: Sendable {
    /// Method, destination and fields; `timeout` is how long nothing at all may move.
    package var message: HTTPRequest
    /// The content, or `nil`.
    package var content: StreamedContent?

    package init(_ message: HTTPRequest, content: StreamedContent? = nil) {
        self.message = message
        self.content = content
    }
}

/// An answer of which the head is there, and the content on its way.
package struct StreamedAnswer: Sendable {
    /// The status code, 200 … 599.
    package let status: Int
    package let fields: HTTPFields
    /// The content as the server sent it; giving up the pipe ends the exchange.
    package let content: BytePipe

    /// How long the content says that it is, or would be in an answer to another method than HEAD.
    package var length: Int? { fields["Content-Length"].flatMap { Int($0) } }
}

extension CurlTransport {
    /// Sends a request, and returns at the end of the answer's head.
    ///
    /// Connections are kept and used again. A request without content that only reads may be sent a second
    /// time by libcurl, where a kept connection was dead; no other is.
    package func open(
        _ request: StreamedRequest
    ) async throws(TransportError) -> StreamedAnswer {
        let answer = try await openOnce(request)
        guard answer.status == 417, let content = request.content, content.expectsContinue,
            content.isRepeatable
        else { return answer }
        // It refuses to be asked (RFC 9110, section 15.5.18), and nothing of the content was sent.
        answer.content.abandon()
        content.expectNothing()
        return try await openOnce(request)
    }

    private func openOnce(
        _ request: StreamedRequest
    ) async throws(TransportError) -> StreamedAnswer {
        if let objection = objection(to: request.message) {
            throw TransportError(.badRequest, objection, mayHaveBeenSent: false)
        }
        if request.message.method == "HEAD", request.content != nil {
            throw TransportError(
                .badRequest, "a HEAD request has no content", mayHaveBeenSent: false)
        }
        let pipe = BytePipe()
        let cancellation = Cancellation()
        // What one of the pipes has to say, libcurl hears of on its own thread.
        let tell: @Sendable () -> Void = { [thread] in thread.resume(cancellation) }
        pipe.whenRoom(tell)
        request.content?.pipe.whenBytes(tell)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                let stream = Order.Stream(content: request.content, answer: pipe, caller: caller)
                thread.start(
                    Order(
                        request: request.message, delivery: .stream(stream),
                        cancellation: cancellation))
            }
        } onCancel: {
            thread.cancel(cancellation)
        }
        return try result.get()
    }
}
