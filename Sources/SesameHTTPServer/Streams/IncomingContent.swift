import SesameSecrets
import SesameSystem

/// The content of a request on its way from the socket into a pipe.
final class IncomingContent {
    let pipe = BytePipe()
    private var decoder: ContentDecoder
    /// The client sends nothing until it is told to, which it is when somebody wants it.
    var awaitsContinue: Bool

    init(_ head: RequestHead) {
        decoder = ContentDecoder(head.framing)
        awaitsContinue = head.expectsContinue
    }

    var isComplete: Bool { decoder.isComplete }

    /// Whether the socket should be read now.
    var takesBytes: Bool {
        if awaitsContinue { return false }
        return if case .some = pipe.room() { true } else { false }
    }

    /// Takes what belongs to the content, and returns how much that is.
    func take(_ bytes: Span<UInt8>) throws(ContentDecoder.Malformed) -> Int {
        let pipe = pipe
        let used = try decoder.decode(bytes) { pipe.write($0) }
        if isComplete { pipe.finish() }
        return used
    }
}

extension Connection {
    /// What reading a content brought.
    enum ContentInput {
        case bytes
        case nothing
        case end
        case malformed
    }

    /// Reads the next part of the content: first what came with the head, then from the socket.
    /// - Parameter scratch: an empty buffer, and empty again afterwards.
    func receiveContent(through scratch: inout SecretBuffer) -> ContentInput {
        guard let content = incoming else { return .nothing }
        do throws(ContentDecoder.Malformed) {
            if input.count > 0 {
                try input.use { bytes throws(ContentDecoder.Malformed) in try content.take(bytes) }
            } else {
                let count = receive(into: &scratch)
                defer { scratch.removeAll() }
                guard count > 0 else {
                    if case .nothing = meaning(of: count) { return .nothing }
                    return .end
                }
                let rest = try scratch.withBytes { bytes throws(ContentDecoder.Malformed) in
                    try content.take(bytes)
                }
                // The beginning of another request.
                if rest < scratch.count { input.append(scratch, from: rest) }
            }
        } catch {
            return .malformed
        }
        if content.isComplete { incoming = nil }
        return .bytes
    }

    /// Gives up a content that has not come whole: nobody can tell where the next request would begin.
    func endIncoming() {
        guard let content = incoming else { return }
        content.pipe.fail()
        incoming = nil
        closesAfterAnswer = true
        lingers = true
        dropInput()
    }

    /// Tells both ends of both streams that this connection is over.
    func endStreams() {
        incoming?.pipe.fail()
        outgoing?.pipe.abandon()
        (incoming, outgoing) = (nil, nil)
    }
}
