import Glibc
import SesameSecrets
import SesameSystem

// Requests whose content comes while they are handled, and answers that go out as they come.
//
// Both directions move on their own: whoever is too slow stops the pipe between, and that stops the other
// side. Nothing is waited for but what the one or the other has to do next.
extension ServerCore {
    /// Calls the handler at the end of a head.
    func begin(_ head: RequestHead, of connection: Connection) {
        let content = IncomingContent(head)
        connection.incoming = content
        let id = connection.id
        content.pipe.whenRoom { [weak self] in
            self?.later(id) { core, connection in core.contentIsWanted(connection) }
        }
        let stream = ContentStream(content.pipe, length: head.contentLength)
        handle(head, .empty, stream: stream, of: connection)
        if connection.phase == .handling { receiveContent(connection) }
    }

    /// Begins to answer with a stream.
    func answer(
        _ connection: Connection, with response: ServerResponse, _ content: ContentStream
    ) {
        guard response.isSendable else {
            content.pipe.abandon()
            connection.endIncoming()
            connection.prepare(.plain(status: 500))
            send(connection)
            return takeRequests(connection)
        }
        let outgoing = OutgoingContent(
            response, content, isHead: connection.isHead, isOld: connection.isOld,
            closing: connection.closesAfterAnswer)
        connection.outgoing = outgoing
        enter(.streaming, connection)
        let id = connection.id
        outgoing.pipe.whenBytes { [weak self] in
            self?.later(id) { core, connection in core.sendContent(connection) }
        }
        // What is there already goes out with the head.
        _ = outgoing.fill()
        sendContent(connection)
    }

    /// The socket of a connection with streams is ready for something.
    func stream(_ connection: Connection, _ readiness: Readiness) {
        if readiness.isGone || (readiness.hasEnded && connection.incoming == nil) {
            return close(connection)
        }
        if connection.incoming != nil { receiveContent(connection) }
        guard connection.phase == .streaming else { return }
        if readiness.isReadable, connection.incoming == nil {
            // Another request, sent before this one is answered. It waits in the kernel.
            wait(for: connection.interest.subtracting(.reading), connection)
        }
        sendContent(connection)
    }

    private func contentIsWanted(_ connection: Connection) {
        guard let content = connection.incoming else { return }
        if content.awaitsContinue, content.pipe.isWanted {
            content.awaitsContinue = false
            // Not once the answer has begun: the client would take it for a part of that.
            if connection.phase == .handling, !connection.sayContinue() { return close(connection) }
        }
        receiveContent(connection)
    }

    private func receiveContent(_ connection: Connection) {
        var turns = 0
        while connection.incoming?.takesBytes == true {
            // What is left is told again.
            guard turns < Self.readsPerTurn else { break }
            turns += 1
            switch connection.receiveContent(through: &scratch) {
            case .bytes: continue
            case .nothing: return settle(connection)
            case .end: return close(connection)
            case .malformed: return refuseStream(connection, status: 400)
            }
        }
        settle(connection)
    }

    private func sendContent(_ connection: Connection) {
        guard connection.phase == .streaming, let outgoing = connection.outgoing else { return }
        for _ in 0..<Self.writesPerTurn {
            guard let isDone = outgoing.write(to: connection.socket.number) else {
                return close(connection)
            }
            guard isDone else { return settle(connection) }
            switch outgoing.fill() {
            case .some: continue
            case .nothing: return settle(connection)
            case .complete: return finishStream(connection)
            case .broken: return close(connection)
            }
        }
        later(connection.id) { core, connection in core.sendContent(connection) }
    }

    private func finishStream(_ connection: Connection) {
        connection.outgoing = nil
        connection.endIncoming()
        if isStopping { connection.closesAfterAnswer = true }
        guard !connection.closesAfterAnswer else { return endAnswers(connection) }
        enter(.idle, connection)
        takeRequests(connection)
    }

    /// Answers for the server itself where the handler has not answered yet.
    func refuseStream(_ connection: Connection, status: Int) {
        guard connection.phase == .handling else { return close(connection) }
        connection.task?.cancel()
        connection.task = nil
        connection.endIncoming()
        refuse(connection, status: status)
    }

    /// Waits for what has to happen next, and for the client only so long.
    private func settle(_ connection: Connection) {
        guard connection.phase == .handling || connection.phase == .streaming else { return }
        var interest = connection.interest.subtracting(.writing)
        var waitsForClient = false
        if let content = connection.incoming {
            // Its end comes behind its bytes, which may have to wait.
            waitsForClient = content.takesBytes
            interest = waitsForClient ? .reading : .nothing
        } else {
            interest.insert(.ending)
        }
        if connection.outgoing?.hasOutput == true {
            interest.insert(.writing)
            waitsForClient = true
        }
        wait(for: interest, connection)
        setDeadline(waitsForClient ? limits.streamDeadline : nil, connection)
    }

    /// How much of one connection is done before others are looked at.
    private static let readsPerTurn = 16
    private static let writesPerTurn = 16
}

extension Connection {
    /// Tells the client that its content is wanted; `false` where it cannot be told.
    func sayContinue() -> Bool {
        let line = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        return unsafe line.withUnsafeBytes { bytes in
            unsafe Glibc.send(socket.number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        } == line.count
    }

    /// Has small pieces go out at once: the next one may be long in coming.
    func sendEarly() {
        var on: Int32 = 1
        _ = unsafe setsockopt(
            socket.number, Int32(IPPROTO_TCP), TCP_NODELAY, &on,
            socklen_t(MemoryLayout<Int32>.size))
    }

    /// Lets the client see the end of the connection as a failure.
    func resetOnClose() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(
            socket.number, SOL_SOCKET, SO_LINGER, &linger,
            socklen_t(MemoryLayout<Glibc.linger>.size))
    }
}
