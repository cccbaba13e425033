import CLinux
import Glibc
import SesameSystem

/// Drives all connections of one server. It lives on the thread of the event loop, which calls into
/// it directly when a socket is ready.
actor ServerCore {
    private nonisolated let loop: EventLoop
    private let limits: ServerLimits
    private let handler: ServerHandler
    private var connections: [UInt64: Connection] = [:]
    private var listeners: [Listener] = []
    private var acceptsConnections = true
    private var runningHandlers = 0
    private var isStopping = false
    private var idleWaiters: [CheckedContinuation<Void, Never>] = []

    init(loop: EventLoop, limits: ServerLimits, handler: @escaping ServerHandler) {
        self.loop = loop
        self.limits = limits
        self.handler = handler
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.isolation.asUnownedSerialExecutor()
    }

    /// Accepts connections of this listener from now on.
    func add(_ listener: Listener) {
        listeners.append(listener)
        if !acceptsConnections { listener.pause() }
    }

    /// Takes in what waits at a listener.
    func accept(from listener: Listener) {
        while acceptsConnections {
            switch listener.accept() {
            case .nothing: return
            case .exhausted: return pauseAccepting(for: .milliseconds(100))
            case .connection(let number, let peer):
                serve(FileDescriptor(owning: number), peer: peer)
                if connections.count >= limits.connections { pauseAccepting(for: nil) }
            }
        }
    }

    /// Serves one connection.
    func serve(_ socket: consuming FileDescriptor, peer: Peer) {
        let box = Locked<UInt64>(0)
        let ready: @Sendable (Readiness) -> Void = { [weak self] readiness in
            let id = box.withLock { $0 }
            self?.assumeIsolated { $0.ready(id, readiness) }
        }
        guard let watch = try? loop.watch(socket.number, for: .reading, ready: ready) else {
            return
        }
        box.withLock { $0 = watch.id }
        let connection = Connection(socket, peer: peer, watch: watch)
        connections[connection.id] = connection
        setDeadline(of: connection, peer == .parent ? limits.idleDeadline : limits.requestDeadline)
    }

    /// Ends idle connections at once and the others after their answer; returns when all are gone,
    /// or when `patience` has run out.
    func stop(patience: Duration) async {
        isStopping = true
        for connection in connections.values {
            switch connection.phase {
            case .reading: close(connection)
            case .draining: drain(connection)
            case .handling, .writing: connection.closesAfterAnswer = true
            }
        }
        let timer = loop.schedule(after: patience) { [weak self] in
            self?.assumeIsolated { $0.giveUp() }
        }
        await waitUntilIdle()
        loop.cancel(timer: timer)
    }

    /// Returns when there is no connection and no handler runs.
    func waitUntilIdle() async {
        if isIdle { return }
        await withCheckedContinuation { idleWaiters.append($0) }
    }
}

// The way of one connection.
extension ServerCore {
    private func ready(_ id: UInt64, _ readiness: Readiness) {
        guard let connection = connections[id] else { return }
        switch connection.phase {
        case .reading: receive(connection)
        case .handling: if readiness.isGone { close(connection) }
        case .writing: send(connection)
        case .draining: drain(connection)
        }
    }

    private func receive(_ connection: Connection) {
        let isFirst = !connection.hasInput
        switch connection.read() {
        case .nothing: return
        case .end: close(connection)
        case .bytes:
            if isFirst { setDeadline(of: connection, limits.requestDeadline) }
            proceed(connection)
        }
    }

    private func proceed(_ connection: Connection) {
        switch connection.nextRequest(limits) {
        case .incomplete: break
        case .refused(let status): refuse(connection, status: status)
        case .whole(let request): handle(request, of: connection)
        }
    }

    private func handle(_ request: ServerRequest, of connection: Connection) {
        enter(.handling, connection, waitingFor: .nothing, atMost: nil)
        runningHandlers += 1
        let id = connection.id
        connection.task = Task.detached(executorPreference: loop) { [handler] in
            let response = await handler(request)
            await self.answer(id, response)
        }
    }

    private func answer(_ id: UInt64, _ response: ServerResponse) {
        runningHandlers -= 1
        guard let connection = connections[id] else { return wakeIfIdle() }
        connection.task = nil
        if response.dropsConnection { return close(connection) }
        if response.closesConnection || isStopping { connection.closesAfterAnswer = true }
        connection.prepare(response)
        startSending(connection)
    }

    private func refuse(_ connection: Connection, status: Int) {
        connection.closesAfterAnswer = true
        connection.lingers = true
        connection.prepare(.plain(status: status))
        startSending(connection)
    }

    private func startSending(_ connection: Connection) {
        enter(.writing, connection, waitingFor: .writing, atMost: limits.writeDeadline)
        send(connection)
    }

    private func send(_ connection: Connection) {
        guard let isDone = connection.write() else { return close(connection) }
        guard isDone else { return }
        if connection.closesAfterAnswer {
            connection.endOutput()
            enter(.draining, connection, waitingFor: .reading, atMost: .seconds(2))
            return drain(connection)
        }
        let deadline = connection.hasInput ? limits.requestDeadline : limits.idleDeadline
        enter(.reading, connection, waitingFor: .reading, atMost: deadline)
        if connection.hasInput { proceed(connection) }
    }

    /// Reads on until a refused client ends: closing a TCP socket with unread input resets the connection,
    /// and a reset may overtake the answer.
    private func drain(_ connection: Connection) {
        while connection.drained < 4 << 20 {
            switch connection.discard() {
            case .bytes: continue
            case .nothing:
                if connection.lingers, !isStopping { return }
            case .end: break
            }
            break
        }
        close(connection)
    }

    private func enter(
        _ phase: Connection.Phase, _ connection: Connection, waitingFor interest: Interest,
        atMost deadline: Duration?
    ) {
        connection.phase = phase
        loop.change(connection.watch, to: interest)
        setDeadline(of: connection, deadline)
    }

    private func setDeadline(of connection: Connection, _ deadline: Duration?) {
        if let timer = connection.timer { loop.cancel(timer: timer) }
        let id = connection.id
        connection.timer = deadline.map { deadline in
            loop.schedule(after: deadline) { [weak self] in
                self?.assumeIsolated { $0.deadlinePassed(id) }
            }
        }
    }

    private func deadlinePassed(_ id: UInt64) {
        guard let connection = connections[id] else { return }
        if connection.phase == .reading, connection.hasInput {
            refuse(connection, status: 408)
        } else {
            close(connection)
        }
    }

    private func close(_ connection: Connection) {
        loop.remove(connection.watch)
        if let timer = connection.timer { loop.cancel(timer: timer) }
        connection.task?.cancel()
        connections[connection.id] = nil
        if !acceptsConnections { resumeAccepting() }
        wakeIfIdle()
    }
}

// Accepting, and being idle.
extension ServerCore {
    /// Leaves new connections to the kernel's queue: until one of ours ends, or for a while when
    /// descriptors have run out.
    private func pauseAccepting(for duration: Duration?) {
        acceptsConnections = false
        for listener in listeners { listener.pause() }
        guard let duration else { return }
        _ = loop.schedule(after: duration) { [weak self] in
            self?.assumeIsolated { $0.resumeAccepting() }
        }
    }

    private func resumeAccepting() {
        guard connections.count < limits.connections else { return }
        acceptsConnections = true
        for listener in listeners { listener.resume() }
    }

    private var isIdle: Bool { connections.isEmpty && runningHandlers == 0 }

    private func wakeIfIdle() {
        if isIdle { wakeWaiters() }
    }

    private func wakeWaiters() {
        let waiters = idleWaiters
        idleWaiters = []
        for waiter in waiters { waiter.resume() }
    }

    private func giveUp() {
        for connection in connections.values { close(connection) }
        wakeWaiters()
    }
}
