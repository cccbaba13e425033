import SesameSecrets
import SesameSystem

// The way of one connection.
extension ServerCore {
    /// A socket is ready for what is waited for, or its client has gone.
    func ready(_ id: UInt64, _ readiness: Readiness) {
        guard let connection = connections[id] else { return }
        switch connection.phase {
        case .opened, .idle, .receiving: receive(connection)
        case .handling where connection.incoming == nil:
            if readiness.isGone || readiness.hasEnded { return close(connection) }
            // It sends more before it has its answer. That waits in the kernel.
            wait(for: connection.interest.intersection(.ending), connection)
        case .handling, .streaming: stream(connection, readiness)
        case .writing:
            send(connection)
            takeRequests(connection)
        case .draining: drain(connection)
        case .closed: break
        }
    }

    /// Throws away what a client still sends, and closes at its end.
    ///
    /// Closing a TCP socket with unread input resets the connection, and a reset may overtake the answer.
    func drain(_ connection: Connection) {
        while connection.drained < 4 << 20 {
            switch connection.discard(through: &scratch) {
            case .bytes: continue
            case .nothing:
                if connection.lingers, !isStopping { return }
            case .end: break
            }
            break
        }
        close(connection)
    }

    /// Answers for the server itself, and takes nothing more.
    func refuse(_ connection: Connection, status: Int) {
        connection.closesAfterAnswer = true
        connection.lingers = true
        connection.dropInput()
        connection.prepare(.plain(status: status))
        send(connection)
    }

    private func receive(_ connection: Connection) {
        switch connection.read(through: &scratch) {
        case .nothing: return
        case .end: close(connection)
        case .bytes: takeRequests(connection)
        }
    }

    /// Answers the requests that have arrived, as far as that can be done at once.
    func takeRequests(_ connection: Connection) {
        if isTakingRequests { return }
        isTakingRequests = true
        defer { isTakingRequests = false }
        var count = 0
        while connection.takesRequests {
            guard count < Self.requestsPerTurn else { return takeRequestsLater(connection) }
            count += 1
            switch connection.nextRequest(limits) {
            case .incomplete: return waitForMore(connection)
            case .refused(let status): refuse(connection, status: status)
            case .whole(let head, let body): handle(head, body, of: connection)
            case .begun(let head): begin(head, of: connection)
            }
        }
    }

    /// Lets others have their turn first.
    private func takeRequestsLater(_ connection: Connection) {
        wait(for: .nothing, connection)
        later(connection.id) { core, connection in core.takeRequests(connection) }
    }

    /// Does something for a connection on the loop's thread, behind what is to be done there, unless it has
    /// ended by then.
    nonisolated func later(
        _ id: UInt64, _ work: @escaping @Sendable (isolated ServerCore, Connection) -> Void
    ) {
        loop.post { [weak self] in
            self?.assumeIsolated { core in
                if let connection = core.connections[id] { work(core, connection) }
            }
        }
    }

    private func waitForMore(_ connection: Connection) {
        if connection.hasInput, connection.phase != .receiving { enter(.receiving, connection) }
        wait(for: limits.takesStreams ? [.reading, .ending] : .reading, connection)
        account(for: connection)
    }

    func handle(
        _ head: RequestHead, _ body: Secret, stream: ContentStream? = nil, of connection: Connection
    ) {
        enter(.handling, connection)
        runningHandlers += 1
        var request = ServerRequest(
            method: head.method, path: head.path, query: head.query, fields: head.fields,
            body: body, peer: connection.peer,
            connectedAt: connection.connectedAt)
        request.stream = stream
        let task = start(request, connection.id)
        // A handler that had nothing to wait for has answered by now.
        guard connection.phase == .handling else { return }
        connection.task = task
        account(for: connection)
    }

    /// Runs the handler: at once, and on this thread as long as it stays on it.
    private nonisolated func start(_ request: ServerRequest, _ id: UInt64) -> Task<Void, Never> {
        Task.immediateDetached(executorPreference: loop) { [self] in
            answerHere(id, await handler(request))
        }
    }

    /// The task has the loop's thread whenever it is not in somebody else's hands: no hop is needed.
    private nonisolated func answerHere(_ id: UInt64, _ response: ServerResponse) {
        assumeIsolated { $0.answer(id, response) }
    }

    private func answer(_ id: UInt64, _ response: ServerResponse) {
        runningHandlers -= 1
        guard let connection = connections[id], connection.phase == .handling else {
            response.stream?.pipe.abandon()
            return wakeIfIdle()
        }
        connection.task = nil
        if response.dropsConnection { return close(connection) }
        if response.closesConnection || isStopping { connection.closesAfterAnswer = true }
        if let content = response.stream {
            return answer(connection, with: response, content)
        }
        connection.endIncoming()
        connection.prepare(response)
        send(connection)
        takeRequests(connection)
    }

    func send(_ connection: Connection) {
        guard let isDone = connection.write() else { return close(connection) }
        guard isDone else {
            if connection.phase != .writing { enter(.writing, connection) }
            wait(for: .writing, connection)
            return account(for: connection)
        }
        guard connection.closesAfterAnswer else { return enter(.idle, connection) }
        endAnswers(connection)
    }

    /// Ends our side behind the last answer, and waits for the client's end.
    func endAnswers(_ connection: Connection) {
        connection.endOutput()
        connection.dropInput()
        enter(.draining, connection)
        wait(for: .reading, connection)
        account(for: connection)
        drain(connection)
    }

    /// How many pipelined requests one connection gets answered before others are looked at.
    private static let requestsPerTurn = 16
}

// What a connection waits for, and what it holds meanwhile.
extension ServerCore {
    func wait(for interest: Interest, _ connection: Connection) {
        guard connection.interest != interest, connection.phase != .closed else { return }
        connection.interest = interest
        loop.change(connection.watch, to: interest)
    }

    /// Counts what a connection holds, and makes room where all together hold too much.
    func account(for connection: Connection) {
        guard connection.phase != .closed else { return }
        heldBytes += connection.held - connection.countedBytes
        connection.countedBytes = connection.held
        while heldBytes > limits.heldBytes {
            // A handler that has begun is not stopped half-way.
            let others = connections.values.filter {
                $0.phase != .handling && $0.phase != .streaming
            }
            guard let largest = others.max(by: { $0.countedBytes < $1.countedBytes }),
                largest.countedBytes > 0
            else { return }
            cut(largest)
        }
    }

    private func cut(_ connection: Connection) {
        heldBytes -= connection.countedBytes
        connection.countedBytes = 0
        if connection.phase == .receiving {
            refuse(connection, status: 503)
        } else {
            close(connection)
        }
    }
}
